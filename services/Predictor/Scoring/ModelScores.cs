using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;

namespace Trading.Services.Scoring;

/// <summary>
/// Scores the recorded predictions whose horizon has passed, and computes each model's weight at a price. Scores are appended to the
/// models' streams with expected versions, so one replica writes each score. A weight depends only on the scores up to its price, so all
/// replicas have the same weights.
/// </summary>
public sealed class ModelScores(TradeJournal journal, IPriceHistory history, TradingSettings settings,
    TradingMetrics metrics, ILogger<ModelScores> log)
{
    /// <summary>
    /// Most predictions that are scored at once. Older ones were made before a long outage and are not scored.
    /// </summary>
    public const int MostPredictions = 1000;

    /// <summary>
    /// When no weight depends on them, scores are written in one batch per this many seconds: a commit for each would cost more than it is
    /// worth.
    /// </summary>
    public const int TogetherSeconds = 3600;

    private readonly PipelineRules _rules = settings.Pipeline();
    private readonly ConcurrentDictionary<string, Symbol> _symbols = new();

    /// <summary>
    /// Scores the predictions whose horizon ends at a price, and returns the weights of the enabled models; null when only confidence
    /// counts.
    /// </summary>
    /// <param name="price">A price that a decision is due on.</param>
    /// <param name="window">The prices up to it, oldest first.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<ModelWeight>?> WeighAsync(
        PriceObserved price, IReadOnlyList<WindowPrice> window, CancellationToken cancellation)
    {
        var byRecord = _rules.Weighting == EnsembleWeighting.TrackRecord;
        var now = price.IntervalStart.ToUnixTimeSeconds();
        if (!byRecord && now / TogetherSeconds == (now - _rules.DecisionIntervalSeconds) / TogetherSeconds)
            return null;

        var symbol = _symbols.GetOrAdd(price.Symbol, _ => new());
        await symbol.Gate.WaitAsync(cancellation);
        try
        {
            while (!await ScoreAsync(symbol, price, window, cancellation))
            {
                // Another replica was faster: its scores are read, and the rest is scored.
                symbol.Streams.Clear();
                symbol.LookedUpTo = null;
            }
            if (!byRecord)
                return null;
            var weights = new List<ModelWeight>();
            foreach (var model in settings.Models)
            {
                var stream = await StreamAsync(symbol, price.Symbol, model, cancellation);
                weights.Add(
                    TrackRecord.Weigh(model, stream.At(now) ?? await journal.RecordAtAsync(stream.Id, price.IntervalStart, cancellation)));
            }
            Tell(symbol, price.Symbol, weights);
            return weights;
        }
        finally
        {
            symbol.Gate.Release();
        }
    }

    // False when another replica appended first.
    private async Task<bool> ScoreAsync(
        Symbol symbol, PriceObserved price, IReadOnlyList<WindowPrice> window, CancellationToken cancellation)
    {
        foreach (var model in settings.Models)
            await StreamAsync(symbol, price.Symbol, model, cancellation);
        var (now, step) = (price.IntervalStart.ToUnixTimeSeconds(), _rules.DecisionIntervalSeconds);
        var last = (now - _rules.HorizonSeconds) / step * step;
        var after = Math.Max(symbol.LookedUpTo ?? symbol.Streams.Values.Max(stream => stream.LastPriceAt),
            last - (long)MostPredictions * step);
        if (last <= after)
            return true;
        var first = after / step * step + step;
        var starts = Enumerable.Range(0, (int)((last - first) / step) + 1).Select(number => first + (long)number * step);
        var trades = starts.Select(start => DerivedId.Trade(DerivedId.Prediction(
            DerivedId.Price(price.Symbol, price.IntervalSeconds, DateTimeOffset.FromUnixTimeSeconds(start))))).ToList();
        var share = TrackRecord.Share(step, _rules.HorizonSeconds);

        var scores = new List<PredictionScored>();
        var records = symbol.Streams.ToDictionary(entry => entry.Key, entry => entry.Value.Newest);
        foreach (var prediction in await PredictionsAsync(trades, cancellation))
        {
            if (await PriceThenAsync(prediction, now, window, cancellation) is not { } then)
            {
                if (now - Due(prediction) <= TrackRecord.MostLateSeconds(price.IntervalSeconds))
                {
                    // Its price may still arrive; later predictions wait too.
                    last = prediction.Price.IntervalStart.ToUnixTimeSeconds() - 1;
                    break;
                }
                continue;
            }
            foreach (var output in prediction.Models.Where(output => output.Abstained is null))
            {
                if (!records.TryGetValue(output.Model, out var record))
                    record = (await StreamAsync(symbol, price.Symbol, output.Model, cancellation)).Newest;
                var scored = TrackRecord.Score(prediction, output, DateTimeOffset.FromUnixTimeSeconds(then.UnixSeconds),
                    (decimal)then.Price, share, record);
                records[output.Model] = scored.Record;
                scores.Add(scored);
            }
        }

        var byModel = scores.GroupBy(scored => scored.Model).ToList();
        var appends = byModel.Select(
            model => new StreamAppend(symbol.Streams[model.Key].Id, symbol.Streams[model.Key].Newest.Scored, [.. model])).ToList();
        if (appends.Count > 0
            && !await journal.AppendAsync(appends, new(null, $"{DerivedId.Message(price.PriceId, nameof(PriceObserved))}"), cancellation))
            return false;
        foreach (var model in byModel)
        {
            symbol.Streams[model.Key].Add(model);
            metrics.Scored(model.Key, price.Symbol, symbol.Streams[model.Key].Newest);
        }
        symbol.LookedUpTo = last;
        return true;
    }

    private async Task<IReadOnlyList<PredictionMade>> PredictionsAsync(List<Guid> trades, CancellationToken cancellation)
    {
        var predictions = new List<PredictionMade>(trades.Count);
        foreach (var stored in await journal.FirstEventsAsync([.. trades.Select(Trade.StreamId)], cancellation))
        {
            try
            {
                if (stored.Event() is TradeProposed proposed && proposed.Prediction.HorizonSeconds == _rules.HorizonSeconds)
                    predictions.Add(proposed.Prediction);
            }
            catch (InvalidDataException unreadable)
            {
                log.LogWarning("A prediction is not scored: {Reason}", unreadable.Message);
            }
        }
        return [.. predictions.OrderBy(prediction => prediction.Price.IntervalStart)];
    }

    private static long Due(PredictionMade prediction) => prediction.Price.IntervalStart.ToUnixTimeSeconds() + prediction.HorizonSeconds;

    // The first price at or after the horizon, unless it is much later; from the window if it is long enough, else from the history.
    private async Task<WindowPrice?> PriceThenAsync(
        PredictionMade prediction, long now, IReadOnlyList<WindowPrice> window, CancellationToken cancellation)
    {
        var (due, interval) = (Due(prediction), prediction.Price.IntervalSeconds);
        var latest = Math.Min(now, due + TrackRecord.MostLateSeconds(interval));
        if (window.Count > 0 && window[0].UnixSeconds <= due)
        {
            var (low, high) = (0, window.Count);
            while (low < high)
                (low, high) = window[(low + high) / 2].UnixSeconds < due ? ((low + high) / 2 + 1, high) : (low, (low + high) / 2);
            return low < window.Count && window[low].UnixSeconds <= latest ? window[low] : null;
        }
        var points = await history.LastAsync(prediction.Price.Symbol, interval, latest,
            (int)(TrackRecord.MostLateSeconds(interval) / interval) + 1, cancellation);
        return points.Where(point => point.UnixSeconds >= due)
            .Select(point => new WindowPrice(point.UnixSeconds, PriceWindow.InUnits(point.Price))).Cast<WindowPrice?>().FirstOrDefault();
    }

    private void Tell(Symbol symbol, string name, List<ModelWeight> weights)
    {
        foreach (var weight in weights)
        {
            metrics.Weighed(weight.Model, name, weight.Weight);
            var before = symbol.Weights.TryGetValue(weight.Model, out var known) ? known : 1;
            symbol.Weights[weight.Model] = weight.Weight;
            if (before > 0 && weight.Weight == 0)
                log.LogWarning("Model {Model} has no weight on {Symbol} any more: {Reason}", weight.Model, name, weight.Lost);
            else if (before == 0 && weight.Weight > 0)
                log.LogInformation("Model {Model} has weight {Weight:0.000} on {Symbol} again", weight.Model, weight.Weight, name);
        }
    }

    private async Task<ScoreStream> StreamAsync(Symbol symbol, string name, string model, CancellationToken cancellation)
    {
        if (symbol.Streams.TryGetValue(model, out var stream))
            return stream;
        stream = new(TrackRecord.StreamId(model, name));
        stream.Add(await journal.LastScoresAsync(stream.Id, ScoreStream.Kept, cancellation));
        return symbol.Streams[model] = stream;
    }

    private sealed class Symbol
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public Dictionary<string, ScoreStream> Streams { get; } = [];

        /// <summary>Start of the last prediction that this replica has scored or skipped.</summary>
        public long? LookedUpTo { get; set; }

        public Dictionary<string, double> Weights { get; } = [];
    }
}
