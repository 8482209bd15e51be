
namespace Trading.Services.Feeds;

/// <summary>A symbol with the names that live sources use for its parts.</summary>
/// <param name="Base">Base currency, for example BTC.</param>
/// <param name="Quote">Quote currency, for example USD.</param>
/// <param name="CoinGeckoId">CoinGecko's name of the base, for example bitcoin; null where it is to be looked up.</param>
/// <param name="KrakenBase">Kraken's name of the base, for example XBT.</param>
public sealed record SourceSymbol(string Base, string Quote, string? CoinGeckoId, string KrakenBase)
{
    private const int LongestBase = 12;

    private static readonly string[] Quotes = ["USD", "USDT", "USDC", "EUR"];

    // Names that need no question, and those of Kraken that differ.
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

    /// <summary>
    /// Why no live source can quote a symbol, as a settings error in one line; null when one may: which of them lists it, each says itself.
    /// </summary>
    public static string? Violation(string symbol) =>
        symbol.Split('-') is [{ Length: > 0 and <= LongestBase } left, var right] && Quotes.Contains(right)
            && left.All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter))
            ? null
            : $"Trading:Symbols must be, for live prices, a base of 1 to {LongestBase} capital letters and digits in one of "
                + $"{string.Join(", ", Quotes)}, like BTC-USD, was {symbol}";

    /// <summary>Splits a symbol.</summary>
    /// <exception cref="ArgumentException">There is a <see cref="Violation"/>.</exception>
    public static SourceSymbol Of(string symbol)
    {
        if (Violation(symbol) is { } violation)
            throw new ArgumentException(violation);
        var dash = symbol.IndexOf('-', StringComparison.Ordinal);
        var left = symbol[..dash];
        return Bases.TryGetValue(left, out var known)
            ? new(left, symbol[(dash + 1)..], known.CoinGeckoId, known.KrakenBase) : new(left, symbol[(dash + 1)..], null, left);
    }
}
