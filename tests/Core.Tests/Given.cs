namespace Trading.Core.Tests;

/// <summary>What the tests start from: one trading day, one account, round numbers.</summary>
internal static class Given
{
    public const string Symbol = "BTC-USD";

    /// <summary>The instant at which everything happens unless a test says otherwise.</summary>
    public static readonly DateTimeOffset Noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// No fee, no margin and a lot of one whole unit: an order at price 100 and full confidence is 10 units for 1000 USD.
    /// </summary>
    public static readonly RiskLimits Limits = new(
        Signal: new(ThresholdPercent: 1, Confidence: 0.5),
        LeastConfidence: 0.6,
        MaxTradeAmountUsd: 1000,
        MaxPositionShare: 1,
        CashReserveShare: 0,
        MaxDailyLossShare: 0.25m,
        MaxPriceAgeSeconds: 120,
        WorstPriceMarginPercent: 0,
        FeePercent: 0,
        LotSize: 1,
        LeastOrderValueUsd: 1);

    public static readonly ConsensusRules ConsensusRules = new(MaxAgeSeconds: 60, MaxDeviationPercent: 1,
        Quorum: 2, Currencies: ["USD", "USDT"]);

    public static readonly PaperCosts Costs = new(FeePercent: 0.1m, SpreadPercent: 0.02m, SlippagePercent: 0.05m, TickSize: 0.01m);

    public static Quote Quote(string source, decimal price, string currency = "USD", double ageSeconds = 0) =>
        new(source, currency, price, null, null, null, Noon.AddSeconds(-ageSeconds));

    public static PriceObserved Price(decimal price = 100, DateTimeOffset? at = null)
    {
        var start = at ?? Noon;
        return new(
            DerivedId.Price(Symbol, 60, start), Symbol, start, 60, start, price, "USD", null, null, null, Simulated: false,
            ConsensusRules with { Quorum = 1 },
            [new(new("recorded", "USD", price, null, null, null, start), null)], []);
    }

    /// <summary>A prediction of one model that lives for two minutes.</summary>
    public static PredictionMade Prediction(double movePercent, double confidence = 1, decimal price = 100, DateTimeOffset? at = null)
    {
        var observed = Price(price, at);
        var predicted = (double)price * (1 + movePercent / 100);
        var direction = movePercent > 0 ? Direction.Up : movePercent < 0 ? Direction.Down : Direction.Stable;
        return new(
            DerivedId.Prediction(observed.PriceId), observed, new(100, 100, 100, 0, 0.001, 0, 0, "00"),
            [new("technical", predicted, direction, confidence, null)],
            new(predicted, movePercent, direction, confidence, 1, 1),
            3600, observed.ObservedAt, observed.IntervalStart.AddSeconds(120));
    }

    /// <summary>An account with 10,000 USD under <see cref="Limits"/>, after further events.</summary>
    public static Portfolio Account(params IAccountEvent[] happened) => Account(Limits, happened);

    public static Portfolio Account(RiskLimits limits, params IAccountEvent[] happened) =>
        happened.Aggregate(
            Portfolio.Evolve(Portfolio.Evolve(null, Opened), new LimitsSet(1, limits, "operator", "start", Noon)),
            Portfolio.Evolve);

    public static readonly AccountOpened Opened = new("main", "recorded", 10_000, Noon.AddDays(-1));

    public static Guid TradeId(int number) => DerivedId.Create(Guid.Empty, $"trade {number}");

    public static Order Buy(decimal quantity, decimal worstPrice = 100) =>
        new(Symbol, TradeAction.Buy, quantity, worstPrice, quantity * worstPrice);

    public static Order Sell(decimal quantity, decimal worstPrice = 100) => new(Symbol, TradeAction.Sell, quantity, worstPrice, 0);

    public static FundsReserved Reserved(Order order, int trade = 1) => new(TradeId(trade), order, Noon);

    public static TradeSettled Bought(decimal quantity, decimal price = 100, decimal fee = 0, int trade = 1, DateTimeOffset? at = null) =>
        new(TradeId(trade), Symbol, TradeAction.Buy, quantity, price, fee, at ?? Noon);

    public static TradeSettled Sold(decimal quantity, decimal price = 100, decimal fee = 0, int trade = 1, DateTimeOffset? at = null) =>
        new(TradeId(trade), Symbol, TradeAction.Sell, quantity, price, fee, at ?? Noon);

    public static Execution Filled(decimal quantity, decimal price = 100, decimal fee = 0, TradeOutcome outcome = TradeOutcome.Filled) =>
        new(outcome, "paper", true, "t-1", "1", quantity, price, fee,
            outcome == TradeOutcome.Filled ? null : "the rest was cancelled", Noon);

    public static Execution Unfilled(TradeOutcome outcome) => new(outcome, "paper", true, "t-1", null, 0, 0, 0, "no fill", Noon);

    /// <summary>Three waves a day with noise on them, in cents.</summary>
    internal static List<PriceObserved> Prices(int seed, int minutes)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, minutes)
            .Select(minute => 60_000 + 1500 * Math.Sin(minute * 2 * Math.PI / 480) + 20 * (random.NextDouble() - 0.5))
            .Select((price, minute) => Given.Price(decimal.Round((decimal)price, 2), Given.Noon.AddMinutes(minute)))
            .ToList();
    }
}
