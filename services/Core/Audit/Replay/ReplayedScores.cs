using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The part of the audit's replay that is about models: scores from the recorded predictions and prices, weights from the scores.
/// Predictions and prices are kept for as long as a score may need them.
/// </summary>
internal sealed class ReplayedScores
{
    // Scores follow their predictions by little more than a horizon; older predictions are not needed.
    private const int PredictionsKept = 20_000;

    private static readonly WindowSummary NoWindow = new(0, null, null, null, null, 0, 0, "");

    private readonly Dictionary<Guid, PredictionMade> _predictions = [];
    private readonly Queue<Guid> _inOrder = [];
    private readonly NamedPrices _prices = new(PredictionsKept);
    private readonly Dictionary<string, ReplayedRecords> _records = [];
    private readonly Dictionary<(string Symbol, DateTimeOffset At), List<PredictionMade>> _due = [];
    private readonly HashSet<(Guid Prediction, string Model)> _scored = [];
    private readonly Queue<(PredictionMade Prediction, DateTimeOffset PriceAt)> _awaited = [];

    /// <summary>Scores taken.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// Answers that could have been scored and were not: the price at their horizon is in the journal, their model has scores from before
    /// them, and none of them. A replica that was killed may have left one out; many are a track record that was chosen.
    /// </summary>
    public long Omitted { get; private set; }

    /// <summary>The first of them, in words; null when there is none.</summary>
    public string? FirstOmitted { get; private set; }

    /// <summary>Counts what is left at the end of the journal.</summary>
    public void End()
    {
        while (_awaited.Count > 0)
            Settle();
    }

    /// <summary>Takes a recorded prediction: how its weights differ from what the scores before it give; null when they do not.</summary>
    public (string What, string Recorded, string Recomputed)? Check(PredictionMade prediction)
    {
        _predictions[prediction.PredictionId] = Kept(prediction);
        _inOrder.Enqueue(prediction.PredictionId);
        Await(prediction);
        if (_inOrder.Count > PredictionsKept)
            _predictions.Remove(_inOrder.Dequeue());
        if (_prices.Differs(prediction.Price.Symbol, prediction.Price.IntervalStart, prediction.Price.Price) is { } wrong)
            return wrong;
        foreach (var weight in prediction.Weights ?? [])
        {
            if (!Records(weight.Model, prediction.Price.Symbol).TryGet(weight.Scored, out var record))
                return ("weights", $"{weight}", "a weight by scores that the journal held by then");
            var again = TrackRecord.Weigh(weight.Model, record);
            if (weight != again)
                return ("weights", JournalPlace.Text(weight), JournalPlace.Text(again));
        }
        return null;
    }

    /// <summary>Takes a score: how it differs from what its prediction and the price then give; null when it does not.</summary>
    public (string What, string Recorded, string Recomputed)? Check(PredictionScored scored)
    {
        Count++;
        _scored.Add((scored.PredictionId, scored.Model));
        var records = Records(scored.Model, scored.Symbol);
        var before = records.Newest;
        records.Add(scored.Record);
        if (_prices.Differs(scored.Symbol, scored.ScoredAt, scored.PriceThen) is { } wrong)
            return wrong;
        if (!_predictions.TryGetValue(scored.PredictionId, out var prediction))
        {
            // The prediction lies further back than is kept, or the reader skipped it: the score is taken as recorded, but the record that
            // follows from it is checked.
            var then = before.With(scored.Score, scored.Share);
            return then == scored.Record ? null : ("record", JournalPlace.Text(scored.Record), JournalPlace.Text(then));
        }
        if (prediction.Models.FirstOrDefault(model => model.Model == scored.Model) is not { Abstained: null } output)
            return ("model", scored.Model, "a model that answered");
        var again = TrackRecord.Score(prediction, output, scored.ScoredAt, scored.PriceThen, scored.Share, before);
        return again == scored ? null : ("score", JournalPlace.Text(scored), JournalPlace.Text(again));
    }

    // Only what its scores need. The rest, mostly quotes and texts of models, would take most of an audit's memory.
    private static PredictionMade Kept(PredictionMade prediction) => prediction with
    {
        Price = prediction.Price with { Quotes = [], Missing = [] },
        Window = NoWindow,
        Weights = null,
        Ensemble = null,
        Models = prediction.Models.Any(output => output.Provenance is not null)
            ? [.. prediction.Models.Select(output => output with { Provenance = null })] : prediction.Models,
    };

    // A score follows the price at its prediction's horizon: it is looked for when so many further decisions have come.
    private const int ScoredWithin = 500;

    private void Await(PredictionMade prediction)
    {
        var (symbol, at) = (prediction.Price.Symbol, prediction.Price.IntervalStart);
        if (_due.Remove((symbol, at), out var due))
        {
            foreach (var earlier in due)
                _awaited.Enqueue((earlier, at));
        }
        while (_awaited.Count > ScoredWithin)
            Settle();
        // Only answers of models that were being scored by then.
        if (prediction.Models.Any(output => output.Abstained is null && Records(output.Model, symbol).Newest.Scored > 0))
        {
            var horizon = (symbol, at.AddSeconds(prediction.HorizonSeconds));
            if (!_due.TryGetValue(horizon, out var predictions))
                _due.Add(horizon, predictions = []);
            predictions.Add(_predictions[prediction.PredictionId]);
        }
        if (_due.Count > PredictionsKept)
            _due.Clear();
    }

    private void Settle()
    {
        var (prediction, priceAt) = _awaited.Dequeue();
        foreach (var output in prediction.Models)
        {
            if (_scored.Remove((prediction.PredictionId, output.Model)) || output.Abstained is not null
                || Records(output.Model, prediction.Price.Symbol).Newest.Scored == 0)
                continue;
            Omitted++;
            FirstOmitted ??= FormattableString.Invariant(
                $"{output.Model} on {prediction.Price.Symbol} at {prediction.Price.IntervalStart:u}, whose price came {priceAt:u}");
        }
    }

    private ReplayedRecords Records(string model, string symbol)
    {
        var stream = TrackRecord.StreamId(model, symbol);
        if (!_records.TryGetValue(stream, out var records))
            _records.Add(stream, records = new());
        return records;
    }
}
