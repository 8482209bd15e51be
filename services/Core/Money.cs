using System.Globalization;

namespace Trading.Core;

/// <summary>How amounts of money are rounded.</summary>
public static class Money
{
    /// <summary>Decimals to which cost and money derived by division are rounded; eight, as exchanges do.</summary>
    public const int Decimals = 8;

    /// <summary>An amount rounded up to <see cref="Decimals"/>: the direction in which fees and reservations are rounded.</summary>
    public static decimal RoundUp(decimal amount) => decimal.Round(amount, Decimals, MidpointRounding.ToPositiveInfinity);

    /// <summary>An amount as people read it: to the cent, thousands separated, the same in every culture.</summary>
    public static string Text(decimal amount) => amount.ToString("N2", CultureInfo.InvariantCulture);
}
