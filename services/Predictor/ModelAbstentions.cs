using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>Feeds the metric of how often models abstain, and says so once when one of them does it too often.</summary>
public sealed partial class ModelAbstentions(TradingSettings settings, TradingMetrics metrics, ILogger<ModelAbstentions> log)
{
    /// <summary>Predictions over which the rate is taken.</summary>
    public const int Counted = 20;

    private readonly Lock _lock = new();
    private readonly AbstainRates _rates = new(Counted);
    private readonly HashSet<string> _told = [];

    /// <summary>Takes a prediction.</summary>
    public void Add(PredictionMade prediction)
    {
        lock (_lock)
        {
            _rates.Add(prediction);
            foreach (var (model, rate) in _rates.Rates)
            {
                metrics.Abstained(model, rate.Share);
                if (rate.Predictions < Counted || rate.Share < settings.ModelAbstainAlertShare)
                    _told.Remove(model);
                else if (_told.Add(model))
                    Often(log, model, rate.Share * 100, rate.Predictions, prediction.Models.LastOrDefault(output => output.Model == model)?.Abstained ?? "answered");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} abstained in {Percent:0} % of the last {Predictions} predictions; the last: {Reason}")]
    private static partial void Often(ILogger log, string model, double percent, int predictions, string reason);
}
