namespace Trading.Services.Exchanges;

/// <summary>A symbol taken apart, with the currency that the exchange's product is paid in where that is another than the symbol's: BTC-USD is traded as BTCUSDT.</summary>
/// <param name="Symbol">As this system calls it.</param>
/// <param name="Base">What is traded.</param>
/// <param name="Quote">What it is paid in on the exchange.</param>
public sealed record ExchangeSymbol(string Symbol, string Base, string Quote)
{
    /// <summary>Takes a symbol apart.</summary>
    /// <param name="symbol">Base and quote joined by a dash.</param>
    /// <param name="usd">The currency that stands for USD on the exchange.</param>
    public static ExchangeSymbol Of(string symbol, string usd)
    {
        var dash = symbol.IndexOf('-', StringComparison.Ordinal);
        var quote = symbol[(dash + 1)..];
        return new(symbol, symbol[..dash], quote == "USD" ? usd : quote);
    }
}
