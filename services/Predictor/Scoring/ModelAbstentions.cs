using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;

namespace Trading.Services.Scoring;

/// <summary>
/// Measures how often models abstain, and logs once when a model does so too often. For a model that still lacks prices it logs once how
/// many, and when it will have them.
/// </summary>
public sealed partial class ModelAbstentions(TradingSettings settings, TradingMetrics metrics, ILogger<ModelAbstentions> log)
{
    private readonly Lock _lock = new();
    private readonly AbstainRates _rates = new(settings.AlertAbstainDecisions);
    private readonly HashSet<string> _told = [];
    private readonly HashSet<(string Model, string Symbol)> _warming = [];

    /// <summary>Adds a prediction.</summary>
    public void Add(PredictionMade prediction)
    {
        lock (_lock)
        {
            foreach (var output in prediction.Models)
                Warm(prediction, output);
            _rates.Add(prediction);
            foreach (var (model, rate) in _rates.Rates)
            {
                metrics.Abstained(model, rate.Share);
                if (rate.Predictions < settings.AlertAbstainDecisions || rate.Share < settings.AlertAbstainShare)
                    _told.Remove(model);
                else if (_told.Add(model))
                    Often(log, model, rate.Share * 100, rate.Predictions,
                        prediction.Models.LastOrDefault(output => output.Model == model)?.Abstained ?? "answered");
            }
        }
    }

    private void Warm(PredictionMade prediction, ModelOutput output)
    {
        var price = prediction.Price;
        if (WarmingUp.MissingPrices(prediction, output) is not (> 0 and var missing))
            _warming.Remove((output.Model, price.Symbol));
        else if (_warming.Add((output.Model, price.Symbol)))
            Wants(log, output.Model, missing, price.Symbol, price.IntervalStart.AddSeconds((double)missing * price.IntervalSeconds));
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "{Model} abstained in {Percent:0} % of the last {Predictions} predictions; the last: {Reason}")]
    private static partial void Often(ILogger log, string model, double percent, int predictions, string reason);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "{Model} waits for {Missing} more prices of {Symbol} and will be ready at {ReadyAt:u}")]
    private static partial void Wants(ILogger log, string model, int missing, string symbol, DateTimeOffset readyAt);
}
