using System.Globalization;

namespace Trading.Services.Tests.MarketData;

/// <summary>Candles and trades that say what takers bought.</summary>
public abstract class OrderFlowTest : MarketFilesTest
{
    private protected const string Klines = "{ms},10,12,9,11,5,{end},50,7,{taker},20,0";

    private protected static string Candle(string row, int hour, string taker) => row
        .Replace("{ms}", $"{Hour(hour).ToUnixTimeMilliseconds()}", StringComparison.Ordinal)
        .Replace("{end}", $"{Hour(hour + 1).ToUnixTimeMilliseconds() - 1}", StringComparison.Ordinal)
        .Replace("{date}", Hour(hour).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{taker}", taker, StringComparison.Ordinal);

    private protected static string Trade(string row, int second, bool maker) => row
        .Replace("{price}", PriceOf(second).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{id}", $"{3_735_683_259 + second}", StringComparison.Ordinal)
        .Replace("{ms}", $"{Hour(0).AddSeconds(second).ToUnixTimeMilliseconds() + second}", StringComparison.Ordinal)
        .Replace("{quantity}", QuantityOf(second).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{product}", (PriceOf(second) * QuantityOf(second)).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{maker}", maker ? "True" : "False", StringComparison.Ordinal)
        .Replace("{01}", maker ? "1" : "0", StringComparison.Ordinal);

    private static decimal PriceOf(int second) => 60_000.25m + second % 4;

    private protected static decimal QuantityOf(int second) => 0.01m + second * second % 7 * 0.013m;

    private protected static DateTimeOffset Hour(int hour) => new DateTimeOffset(2024, 11, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour);
}
