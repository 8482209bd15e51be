namespace Trading.TestKit.Exchanges;

/// <summary>What a venue takes as orders, and what it costs.</summary>
public sealed record VenueRules(string Base, string Quote)
{
    public decimal Tick { get; init; } = 0.01m;

    public decimal Lot { get; init; } = 0.00001m;

    public decimal LeastNotional { get; init; } = 5;

    public decimal FeePercent { get; init; } = 0.1m;

    /// <summary>Decimals of a fee; Coinbase tells more than eight.</summary>
    public int FeeDecimals { get; init; } = 8;

    /// <summary>
    /// Whether the fee of a purchase is taken from the bought units, as Binance does; else all fees are in the quote currency.
    /// </summary>
    public bool FeeInUnits { get; init; } = true;

    /// <summary>A third asset that all fees are taken in, and its price; null for none.</summary>
    public (string Asset, decimal Price)? FeesIn { get; init; }

    /// <summary>Whether it takes stops at all.</summary>
    public bool TakesStops { get; init; } = true;

    /// <summary>Most stops that may wait at a time, Binance's MAX_NUM_ALGO_ORDERS.</summary>
    public int MostStops { get; init; } = 5;

    /// <summary>Most units that the account may hold, open buys included; Binance's MAX_POSITION.</summary>
    public decimal MaxPosition { get; init; } = 1_000_000;

    /// <summary>Units at each step of the book.</summary>
    public decimal Depth { get; init; } = 0.0007m;

    /// <summary>What a fill costs, and in which asset.</summary>
    internal (string Asset, decimal Units) Fee(bool buys, decimal quantity, decimal price)
    {
        if (FeesIn is var (third, worth))
            return (third, decimal.Round(quantity * price * FeePercent / 100 / worth, 8, MidpointRounding.ToPositiveInfinity));
        var inUnits = buys && FeeInUnits;
        return (inUnits ? Base : Quote,
            decimal.Round((inUnits ? quantity : quantity * price) * FeePercent / 100, FeeDecimals, MidpointRounding.ToPositiveInfinity));
    }
}

/// <summary>An order was not taken: the rule, by the name of Binance's filters or messages.</summary>
public sealed class NotTakenException(string rule) : Exception(rule);
