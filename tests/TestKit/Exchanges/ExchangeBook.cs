namespace Trading.TestKit.Exchanges;

/// <summary>What all markets of an exchange share: balances, numbers, and one gate.</summary>
internal sealed class ExchangeBook
{
    private readonly List<Venue> _markets = [];

    public Lock Gate { get; } = new();

    public Dictionary<string, decimal> Balances { get; } = [];

    public long NextOrder { get; set; } = 1000;

    public long NextTrade { get; set; } = 500_000;

    public List<Venue> Has(Venue market)
    {
        if (!_markets.Contains(market))
            _markets.Add(market);
        return _markets;
    }
}
