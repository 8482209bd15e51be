using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The part of the audit's replay that is about models: scores from the recorded predictions and prices, weights from the scores. What is needed for that is kept for as
/// long as a score may come.
/// </summary>
internal sealed class ReplayedScores
{
    // Scores follow their predictions by a horizon and a little; of many more than that nothing is asked any more.
    private const int PredictionsKept = 20_000;
    private const int RecordsKept = 20_000;

    private static readonly WindowSummary NoWindow = new(0, null, null, null, null, 0, 0, "");

    private readonly Dictionary<Guid, PredictionMade> _predictions = [];
    private readonly Queue<Guid> _inOrder = [];
    private readonly Dictionary<(string Symbol, DateTimeOffset At), double> _prices = [];
    private readonly Queue<(string, DateTimeOffset)> _pricesInOrder = [];
    private readonly Dictionary<string, RecordsSoFar> _records = [];

    /// <summary>Scores taken.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a recorded prediction: how its weights differ from what the scores before it give; null when they do not.</summary>
    public (string What, string Recorded, string Recomputed)? Check(PredictionMade prediction)
    {
        _predictions[prediction.PredictionId] = Kept(prediction);
        _inOrder.Enqueue(prediction.PredictionId);
        if (_inOrder.Count > PredictionsKept)
            _predictions.Remove(_inOrder.Dequeue());
        if (OtherPrice(prediction.Price.Symbol, prediction.Price.IntervalStart, prediction.Price.Price) is { } wrong)
            return wrong;
        foreach (var weight in prediction.Weights ?? [])
        {
            if (!Records(weight.Model, prediction.Price.Symbol).TryGet(weight.Scored, out var record))
                return ("weights", $"{weight}", "a weight by scores that the journal held by then");
            var again = TrackRecord.Weigh(weight.Model, record);
            if (weight != again)
                return ("weights", Replay.Text(weight), Replay.Text(again));
        }
        return null;
    }

    /// <summary>Takes a score: how it differs from what its prediction and the price then give; null when it does not.</summary>
    public (string What, string Recorded, string Recomputed)? Check(PredictionScored scored)
    {
        Count++;
        var records = Records(scored.Model, scored.Symbol);
        var before = records.Newest;
        records.Add(scored.Record);
        if (OtherPrice(scored.Symbol, scored.ScoredAt, scored.PriceThen) is { } wrong)
            return wrong;
        if (!_predictions.TryGetValue(scored.PredictionId, out var prediction))
        {
            // The prediction lies further back than is kept, or was left out by the reader: the score is taken as recorded, what was made of it is not.
            var then = before.With(scored.Score, scored.Share);
            return then == scored.Record ? null : ("record", Replay.Text(scored.Record), Replay.Text(then));
        }
        if (prediction.Models.FirstOrDefault(model => model.Model == scored.Model) is not { Abstained: null } output)
            return ("model", scored.Model, "a model that answered");
        var again = TrackRecord.Score(prediction, output, scored.ScoredAt, scored.PriceThen, scored.Share, before);
        return again == scored ? null : ("score", Replay.Text(scored), Replay.Text(again));
    }

    // What its scores are made of. The rest, quotes and texts of models above all, would be most of the memory that an audit needs.
    private static PredictionMade Kept(PredictionMade prediction) => prediction with
    {
        Price = prediction.Price with { Quotes = [], Missing = [] }, Window = NoWindow, Weights = null, Ensemble = null,
        Models = prediction.Models.Any(output => output.Provenance is not null) ? [.. prediction.Models.Select(output => output with { Provenance = null })] : prediction.Models,
    };

    // The price at an instant is one and the same, whether a prediction or a score speaks of it.
    private (string What, string Recorded, string Recomputed)? OtherPrice(string symbol, DateTimeOffset at, decimal price)
    {
        var units = PriceWindow.InUnits(price);
        if (_prices.TryGetValue((symbol, at), out var known))
            return known == units ? null : ("price then", Replay.Text(units), Replay.Text(known));
        _prices.Add((symbol, at), units);
        _pricesInOrder.Enqueue((symbol, at));
        if (_pricesInOrder.Count > PredictionsKept)
            _prices.Remove(_pricesInOrder.Dequeue());
        return null;
    }

    private RecordsSoFar Records(string model, string symbol)
    {
        var stream = TrackRecord.StreamId(model, symbol);
        if (!_records.TryGetValue(stream, out var records))
            _records.Add(stream, records = new());
        return records;
    }

    // A stream of scores with the records that weights may still refer to.
    private sealed class RecordsSoFar
    {
        private readonly List<ModelRecord> _records = [default];
        private long _dropped;

        public ModelRecord Newest => _records[^1];

        public bool TryGet(long version, out ModelRecord record)
        {
            var found = version >= _dropped && version < _dropped + _records.Count;
            record = found ? _records[(int)(version - _dropped)] : default;
            return found;
        }

        public void Add(ModelRecord record)
        {
            if (_records.Count == 2 * RecordsKept)
            {
                _records.RemoveRange(0, RecordsKept);
                _dropped += RecordsKept;
            }
            _records.Add(record);
        }
    }
}
