using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// What a decision depends on besides the account and its limits: the price, and the prediction or the reason to exit. A value, as the
/// account's numbers are.
/// </summary>
public readonly record struct RiskRequest
{
    private const int SecondsPerDay = 86_400;

    /// <summary>Buy or sell; hold asks for nothing.</summary>
    public TradeAction Side { get; init; }

    /// <summary>Why a position is left; null when a prediction asks.</summary>
    public ExitReason? Exit { get; init; }

    /// <summary>What is traded.</summary>
    public string Symbol { get; init; }

    /// <summary>How the order waits for its price.</summary>
    public OrderType Type { get; init; }

    /// <summary>The price that the order is worth: the observed one, or the one that it waits for; above 0.</summary>
    public decimal Price { get; init; }

    /// <summary>The observed price; above 0.</summary>
    public decimal Market { get; init; }

    /// <summary>Whether the price was made up.</summary>
    public bool Simulated { get; init; }

    /// <summary>The sources that the price was agreed from.</summary>
    public SourceSpread Spread { get; init; }

    /// <summary>Age of the price at the decision.</summary>
    public TimeSpan PriceAge { get; init; }

    /// <summary>Time from the start of the price's interval to the decision.</summary>
    public TimeSpan PredictionAge { get; init; }

    /// <summary>How old the prediction may become.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>Models that answered.</summary>
    public int ModelsAnswered { get; init; }

    /// <summary>Share of them that gave the direction, 0 to 1.</summary>
    public double Agreement { get; init; }

    /// <summary>Where the models together expect the price to go.</summary>
    public Direction Direction { get; init; }

    /// <summary>Confidence of the ensemble, 0 to 1.</summary>
    public double Confidence { get; init; }

    /// <summary>Standard deviation of the return of one step, 0.001 = 0.1 percent; not a number when it is not known.</summary>
    public double Volatility { get; init; }

    /// <summary>Seconds of a step; above 0.</summary>
    public int IntervalSeconds { get; init; }

    /// <summary>Past directional signals that came true.</summary>
    public int Hits { get; init; }

    /// <summary>Past directional signals that were scored.</summary>
    public int Signals { get; init; }

    /// <summary>Whether an order of this trade exists already.</summary>
    public bool Ordered { get; init; }

    /// <summary>
    /// The move that is expected, in percent, upwards above 0; null where the signal does not say how far the price will go.
    /// </summary>
    public double? ExpectedMovePercent { get; init; }

    /// <summary>What is traded in an interval, in the quote currency; 0 where it is not known.</summary>
    public decimal VolumeUsd { get; init; }

    /// <summary>The share of equity that a strategy wants to hold, 0 to 1; null where it does not say.</summary>
    public decimal? Target { get; init; }

    /// <summary>What a prediction asks for under an account's thresholds.</summary>
    public static RiskRequest Of(PredictionMade prediction, TradeAction side, DateTimeOffset now, bool ordered)
    {
        var (ensemble, window) = (prediction.Ensemble, prediction.Window);
        var request = Of(prediction.Price, side, now) with
        {
            PredictionAge = now - prediction.Price.IntervalStart,
            Lifetime = prediction.ExpiresAt - prediction.Price.IntervalStart,
            Volatility = window.Volatility ?? double.NaN,
            Ordered = ordered,
        };
        if (prediction.Strategy is { } strategy)
        {
            return request.Of(side, strategy.Confidence) with
            {
                Type = strategy.Type,
                Price = strategy.Price ?? prediction.Price.Price,
                Target = strategy.Target is { } target ? Rebalancing.Share(target) : null,
            };
        }
        return request with
        {
            ModelsAnswered = ensemble?.ModelsAnswered ?? 0,
            Agreement = ensemble?.Agreement ?? 0,
            Direction = ensemble?.Direction ?? Direction.Stable,
            Confidence = ensemble?.Confidence ?? 0,
            Hits = window.RuleHits,
            Signals = window.RuleSignals,
            ExpectedMovePercent = ensemble?.PredictedMovePercent,
            VolumeUsd = (prediction.Price.Volume24hUsd ?? 0) * prediction.Price.IntervalSeconds / SecondsPerDay,
        };
    }

    /// <summary>The request of a strategy that decides alone: it counts as the only model, with full agreement.</summary>
    /// <param name="action">What it asks for.</param>
    /// <param name="confidence">Its confidence, 0 to 1.</param>
    public RiskRequest Of(TradeAction action, double confidence) => this with
    {
        ModelsAnswered = 1,
        Agreement = 1,
        Direction = action == TradeAction.Buy ? Direction.Up : Direction.Down,
        Confidence = confidence,
    };

    /// <summary>What an exit at a price asks for.</summary>
    public static RiskRequest Of(PriceObserved price, ExitReason exit, DateTimeOffset now, bool ordered) =>
        Of(price, TradeAction.Sell, now) with { Exit = exit, Ordered = ordered };

    private static RiskRequest Of(PriceObserved price, TradeAction side, DateTimeOffset now) => new()
    {
        Side = side,
        Symbol = price.Symbol,
        Price = price.Price,
        Market = price.Price,
        Simulated = price.Simulated,
        Spread = SourceSpread.Of(price),
        PriceAge = now - price.ObservedAt,
        IntervalSeconds = price.IntervalSeconds,
    };
}
