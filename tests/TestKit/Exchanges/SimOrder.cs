namespace Trading.TestKit.Exchanges;

/// <summary>What becomes of an order that waits or ended.</summary>
public enum SimStatus
{
    New,
    PartiallyFilled,
    Filled,
    Canceled,
    Expired,
    Rejected,
}

/// <summary>How an order is to be filled.</summary>
public enum SimKind
{
    Market,
    LimitIoc,
    LimitGtc,
    PostOnly,
    StopLimit,
    StopMarket,
}

/// <summary>A fill.</summary>
public sealed record SimFill(long TradeId, long OrderId, decimal Quantity, decimal Price, decimal Fee, string FeeAsset,
    bool Buys, bool Maker, DateTimeOffset At);

/// <summary>An order and all that happened to it.</summary>
public sealed class SimOrder
{
    public required long Id { get; init; }

    /// <summary>The id by which Coinbase's interface tells it.</summary>
    public string Uuid => FormattableString.Invariant($"00000000-0000-4000-8000-{Id:x12}");

    public required string ClientId { get; init; }

    public required bool Buys { get; init; }

    public required SimKind Kind { get; init; }

    public required decimal Quantity { get; init; }

    public decimal? Limit { get; init; }

    public decimal? Stop { get; init; }

    public required DateTimeOffset At { get; init; }

    public List<SimFill> Fills { get; } = [];

    public decimal Filled => Fills.Sum(fill => fill.Quantity);

    public decimal Value => Fills.Sum(fill => fill.Quantity * fill.Price);

    public SimStatus Status { get; set; } = SimStatus.New;

    public bool Open => Status is SimStatus.New or SimStatus.PartiallyFilled;

    /// <summary>Questions that still do not find it.</summary>
    public int HiddenFor { get; set; }

    /// <summary>Until then it is in no list and found by no id, though it lives and fills.</summary>
    public DateTimeOffset HiddenUntil { get; set; }

    /// <summary>Its product, as the exchange calls it in the way of Binance.</summary>
    public required Venue Venue { get; init; }
}
