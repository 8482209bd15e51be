namespace Trading.Services.Feeds;

/// <summary>A symbol with what the live sources call its parts.</summary>
/// <param name="Base">What is priced, for example BTC.</param>
/// <param name="Quote">What it is priced in, for example USD.</param>
/// <param name="CoinGeckoId">CoinGecko's name of the base, for example bitcoin.</param>
/// <param name="KrakenBase">Kraken's name of the base, for example XBT.</param>
public sealed record SourceSymbol(string Base, string Quote, string CoinGeckoId, string KrakenBase)
{
    private static readonly string[] Quotes = ["USD", "USDT", "USDC", "EUR"];

    private static readonly Dictionary<string, (string CoinGeckoId, string KrakenBase)> Bases = new(StringComparer.Ordinal)
    {
        ["ADA"] = ("cardano", "ADA"),
        ["AVAX"] = ("avalanche-2", "AVAX"),
        ["BCH"] = ("bitcoin-cash", "BCH"),
        ["BNB"] = ("binancecoin", "BNB"),
        ["BTC"] = ("bitcoin", "XBT"),
        ["DOGE"] = ("dogecoin", "XDG"),
        ["DOT"] = ("polkadot", "DOT"),
        ["ETH"] = ("ethereum", "ETH"),
        ["LINK"] = ("chainlink", "LINK"),
        ["LTC"] = ("litecoin", "LTC"),
        ["SOL"] = ("solana", "SOL"),
        ["XRP"] = ("ripple", "XRP"),
    };

    /// <summary>Why live sources cannot be asked for a symbol, as a settings error in one line; null when they can.</summary>
    public static string? Violation(string symbol) =>
        symbol.Split('-') is [var left, var right] && Bases.ContainsKey(left) && Quotes.Contains(right)
            ? null
            : $"Trading:Symbols must be, for live prices, one of {string.Join(", ", Bases.Keys)} in one of {string.Join(", ", Quotes)}, like BTC-USD, was {symbol}";

    /// <summary>Takes a symbol apart.</summary>
    /// <exception cref="ArgumentException">There is a <see cref="Violation"/>.</exception>
    public static SourceSymbol Of(string symbol)
    {
        if (Violation(symbol) is { } violation)
            throw new ArgumentException(violation);
        var dash = symbol.IndexOf('-', StringComparison.Ordinal);
        var (coinGeckoId, krakenBase) = Bases[symbol[..dash]];
        return new(symbol[..dash], symbol[(dash + 1)..], coinGeckoId, krakenBase);
    }
}
