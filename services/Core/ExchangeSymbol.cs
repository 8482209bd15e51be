namespace Trading.Core;

/// <summary>
/// The parts of a symbol, with the quote currency of the exchange's product where it differs from the symbol's: BTC-USD is traded as
/// BTCUSDT.
/// </summary>
/// <param name="Symbol">The symbol in this system.</param>
/// <param name="Base">Base currency.</param>
/// <param name="Quote">Quote currency on the exchange.</param>
public sealed record ExchangeSymbol(string Symbol, string Base, string Quote)
{
    /// <summary>Splits a symbol.</summary>
    /// <param name="symbol">Base and quote joined by a dash.</param>
    /// <param name="usd">The currency that stands for USD on the exchange.</param>
    public static ExchangeSymbol Of(string symbol, string usd)
    {
        var dash = symbol.IndexOf('-', StringComparison.Ordinal);
        var quote = symbol[(dash + 1)..];
        return new(symbol, symbol[..dash], quote == "USD" ? usd : quote);
    }
}
