using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>What the models said about one price. Published by Predictor, also when every model abstained.</summary>
/// <param name="PredictionId">Derived from the price id.</param>
/// <param name="Price">The price that caused this prediction.</param>
/// <param name="Window">The indicators of the price window that the models saw.</param>
/// <param name="Models">One entry for each enabled model, in the order of the settings; a model that gave no answer says why.</param>
/// <param name="Ensemble">The combined prediction; null when no model answered, or none that did has any weight.</param>
/// <param name="HorizonSeconds">How far ahead of the price the prediction looks.</param>
/// <param name="MadeAt">When the models had answered (UTC).</param>
/// <param name="ExpiresAt">From this instant on nothing may be traded on the prediction (UTC).</param>
/// <param name="Weights">How much each model counted by its track record, in the order of <paramref name="Models"/>; null when confidence alone decided.</param>
public sealed record PredictionMade(
    Guid PredictionId,
    PriceObserved Price,
    WindowSummary Window,
    IReadOnlyList<ModelOutput> Models,
    EnsemblePrediction? Ensemble,
    int HorizonSeconds,
    DateTimeOffset MadeAt,
    DateTimeOffset ExpiresAt,
    IReadOnlyList<ModelWeight>? Weights = null)
{
    /// <summary>What another strategy than the ensemble asks for; null where the ensemble decides. The risk manager goes by it, and not by the models, where it is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StrategySignal? Strategy { get; init; }
}

/// <summary>What a strategy asks for at a price.</summary>
/// <param name="Name">Name of the strategy.</param>
/// <param name="Action">Buy, sell or hold.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Type">How the order waits for its price.</param>
/// <param name="Price">The limit, or the price that sets the stop off; null for a market order.</param>
public sealed record StrategySignal(
    string Name,
    TradeAction Action,
    double Confidence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] OrderType Type = OrderType.Market,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? Price = null);

/// <summary>How much a model counts in the ensemble.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Weight">Times its confidence; 0 or more, 1 for a model without a record.</param>
/// <param name="Scored">How many scored predictions of the model the weight rests on; also the version of its stream of scores.</param>
/// <param name="Lost">Why it has no weight, in one line; null while it has.</param>
public sealed record ModelWeight(string Model, double Weight, long Scored, string? Lost);

/// <summary>The state of a price window: all that the technical model needs besides the price itself.</summary>
/// <param name="Count">Prices in the window since the last gap.</param>
/// <param name="Sma20">Simple moving average of the last 20 prices; null before there are 20.</param>
/// <param name="Sma50">Simple moving average of the last 50 prices; null before there are 50.</param>
/// <param name="Momentum10">Relative change from the price ten steps back, 0.01 = 1 percent; null before there are 11.</param>
/// <param name="Volatility">Standard deviation of the last 50 one-step returns, 0.001 = 0.1 percent a step; null before there are 51 prices.</param>
/// <param name="RuleHits">How many of the rule's past directional signals in the window came true.</param>
/// <param name="RuleSignals">How many past directional signals of the rule in the window have been scored.</param>
/// <param name="Digest">SHA-256 (hex) over the window's instants and prices: two replicas with the same window have the same digest.</param>
/// <param name="Between">
/// Prices between the decision before and this one, oldest first, where prices come more often than decisions: with them the journal holds every price of the window. Null when there are none.
/// </param>
public sealed record WindowSummary(
    int Count,
    double? Sma20,
    double? Sma50,
    double? Momentum10,
    double? Volatility,
    int RuleHits,
    int RuleSignals,
    string Digest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<EarlierPrice>? Between = null);

/// <summary>A price of a window before the one that is decided on.</summary>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970.</param>
/// <param name="Price">The price as the window reckons with it, to ten decimals.</param>
public sealed record EarlierPrice(long UnixSeconds, decimal Price);

/// <summary>Where a price is expected to go within the horizon.</summary>
public enum Direction
{
    /// <summary>No move beyond the dead band.</summary>
    Stable,

    /// <summary>Upwards.</summary>
    Up,

    /// <summary>Downwards.</summary>
    Down,
}

/// <summary>One model's answer, or why it gave none.</summary>
/// <param name="Model">Name of the model, for example "technical".</param>
/// <param name="PredictedPrice">Expected price at the horizon; null when the model abstained.</param>
/// <param name="Direction">The model's direction, or the one derived from its price and the dead band; null when the model abstained.</param>
/// <param name="Confidence">0 to 1; null when the model abstained.</param>
/// <param name="Abstained">Null when the model answered, else the reason in one line.</param>
/// <param name="Provenance">Where the answer, or the lack of one, came from; null for a model that is computed in the process, and in records from before it was kept.</param>
public sealed record ModelOutput(
    string Model,
    double? PredictedPrice,
    Direction? Direction,
    double? Confidence,
    string? Abstained,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ModelProvenance? Provenance = null);

/// <summary>Where the answer of a model outside of the process came from. What such a model said cannot be computed again, so it is kept.</summary>
/// <param name="ModelId">The model that answered, as the provider names it: a model id, an inference profile, an endpoint.</param>
/// <param name="PromptSha256">SHA-256 (hex) of what was sent, byte for byte; null when nothing was.</param>
/// <param name="RawText">What came back, as it came, cut off after <see cref="LongestRawText"/> characters; null when nothing did.</param>
/// <param name="LatencyMilliseconds">From the first attempt to the answer or to giving up.</param>
/// <param name="InputTokens">Tokens that were read, as the provider counts them, all attempts together; null when it does not count.</param>
/// <param name="OutputTokens">Tokens that were written, as the provider counts them, all attempts together; null when it does not count.</param>
/// <param name="Attempts">How often the model was asked for this answer; 0 when it was not.</param>
public sealed record ModelProvenance(
    string ModelId,
    string? PromptSha256,
    string? RawText,
    double LatencyMilliseconds,
    int? InputTokens,
    int? OutputTokens,
    int Attempts)
{
    /// <summary>Most characters of an answer that are kept.</summary>
    public const int LongestRawText = 4000;
}

/// <summary>The models' answers combined.</summary>
/// <param name="PredictedPrice">Mean of the predicted prices, weighted by confidence, and by track record where there are weights.</param>
/// <param name="PredictedMovePercent">The predicted price against the current one, in percent.</param>
/// <param name="Direction">The direction with the largest weight; stable when two share it.</param>
/// <param name="Confidence">Mean confidence times agreement, 0 to 1.</param>
/// <param name="Agreement">Share of the answering models that gave <paramref name="Direction"/>, 0 to 1.</param>
/// <param name="ModelsAnswered">How many models answered.</param>
public sealed record EnsemblePrediction(
    double PredictedPrice,
    double PredictedMovePercent,
    Direction Direction,
    double Confidence,
    double Agreement,
    int ModelsAnswered);
