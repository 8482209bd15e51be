using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>What the models said about one price. Published by Predictor, also when every model abstained.</summary>
/// <param name="PredictionId">Derived from the price id.</param>
/// <param name="Price">The price that caused this prediction.</param>
/// <param name="Window">The indicators of the price window that the models saw.</param>
/// <param name="Models">One entry for each enabled model, in the order of the settings; a model without an answer gives the reason.</param>
/// <param name="Ensemble">The combined prediction; null when no model answered, or none of those has a weight.</param>
/// <param name="HorizonSeconds">How far ahead of the price the prediction looks.</param>
/// <param name="MadeAt">When the models had answered (UTC).</param>
/// <param name="ExpiresAt">From this instant on nothing may be traded on the prediction (UTC).</param>
/// <param name="Weights">
/// How much each model counted by its track record, in the order of <paramref name="Models"/>; null when only confidence decided.
/// </param>
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
    /// <summary>
    /// What another strategy than the ensemble asks for; null where the ensemble decides. The risk manager goes by it, and not by the
    /// models, where it is there.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StrategySignal? Strategy { get; init; }
}

/// <summary>What a strategy asks for at a price.</summary>
/// <param name="Name">Name of the strategy.</param>
/// <param name="Action">Buy, sell or hold.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Type">How the order waits for its price.</param>
/// <param name="Price">The limit, or the price that sets the stop off; null for a market order.</param>
/// <param name="Target">
/// The share of equity that it wants to hold; null where it asks to buy or to sell. Its action is then hold: what is bought or sold follows
/// from what the account holds.
/// </param>
public sealed record StrategySignal(
    string Name,
    TradeAction Action,
    double Confidence,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] OrderType Type = OrderType.Market,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? Price = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExposureTarget? Target = null);

/// <summary>How much a model counts in the ensemble.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Weight">Times its confidence; 0 or more, 1 for a model without a record.</param>
/// <param name="Scored">How many scored predictions of the model the weight rests on; also the version of its stream of scores.</param>
/// <param name="Lost">Why it has no weight, in one line; null while it has.</param>
public sealed record ModelWeight(string Model, double Weight, long Scored, string? Lost);

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
