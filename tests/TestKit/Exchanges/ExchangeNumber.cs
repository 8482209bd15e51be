using System.Globalization;

namespace Trading.TestKit.Exchanges;

/// <summary>Writes numbers as exchanges do.</summary>
internal static class ExchangeNumber
{
    public static string Text(this decimal number) => number.ToString("0.00000000########", CultureInfo.InvariantCulture);

    public static decimal Parse(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
