using System.Text.Json.Serialization;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Dashboard.Reading;

/// <summary>A prediction of a model with what came.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="PriceAt">The price that was predicted on (UTC).</param>
/// <param name="ScoredAt">The price that came (UTC).</param>
/// <param name="Price">The price that was predicted on.</param>
/// <param name="PredictedPrice">The predicted price.</param>
/// <param name="PriceThen">The price that came.</param>
/// <param name="Direction">The predicted direction.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Hit">Whether the direction came true; null for an answer without a side.</param>
/// <param name="Brier">Its Brier score.</param>
public sealed record ScoredPrediction(
    long Sequence, DateTimeOffset PriceAt, DateTimeOffset ScoredAt, decimal Price, double PredictedPrice, decimal PriceThen,
    Direction Direction, double Confidence, bool? Hit, double Brier);

/// <summary>How often what was said with a probability came true.</summary>
/// <param name="From">Least probability of a rise in this group.</param>
/// <param name="To">The probability that the group ends before.</param>
/// <param name="Count">Predictions in it.</param>
/// <param name="Said">Mean probability of a rise that they meant.</param>
/// <param name="Came">Share of them after which the price rose.</param>
public sealed record CalibrationBin(double From, double To, int Count, double Said, double Came);

/// <summary>A model's day.</summary>
/// <param name="Day">The UTC day.</param>
/// <param name="Scored">Predictions whose horizon passed on it.</param>
/// <param name="Signals">Those with a side.</param>
/// <param name="Hits">Those of them that came true.</param>
/// <param name="Brier">Mean Brier score.</param>
public sealed record ModelDay(DateOnly Day, int Scored, int Signals, int Hits, double Brier);

/// <summary>What is known of a model on a symbol.</summary>
public sealed class ModelFigures
{
    private const int Bins = 10, Recent = 500;

    [JsonInclude]
    private BinSum[] Sums { get; set; } = new BinSum[Bins];

    [JsonInclude]
    private SortedDictionary<DateOnly, ModelDay> DayList { get; set; } = [];

    [JsonInclude]
    private Queue<ScoredPrediction> Recently { get; set; } = new();

    [JsonInclude]
    private double BrierSum { get; set; }

    [JsonInclude]
    private double LatencySum { get; set; }

    [JsonInclude]
    private int Scored { get; set; }

    [JsonInclude]
    private int Answers { get; set; }

    /// <summary>Predictions that it was asked for.</summary>
    [JsonInclude]
    public int Asked { get; private set; }

    /// <summary>Those that it did not give.</summary>
    [JsonInclude]
    public int Abstained { get; private set; }

    /// <summary>Why it gave none the last time.</summary>
    [JsonInclude]
    public string? LastAbstention { get; private set; }

    /// <summary>Its weight at the last decision; null where only confidence counts.</summary>
    [JsonInclude]
    public ModelWeight? Weight { get; private set; }

    /// <summary>Tokens read and written, all answers together.</summary>
    [JsonInclude]
    public long Tokens { get; private set; }

    /// <summary>Mean time of its answers in milliseconds; null for a model in the process.</summary>
    [JsonIgnore]
    public double? LatencyMilliseconds => Answers == 0 ? null : LatencySum / Answers;

    /// <summary>Its record; null before the first score.</summary>
    [JsonInclude]
    public ModelRecord? Record { get; private set; }

    /// <summary>Mean Brier score; not a number before the first.</summary>
    [JsonIgnore]
    public double Brier => Record is { Scored: > 0 } ? BrierSum / Scored : double.NaN;

    /// <summary>The newest predictions with what came, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyCollection<ScoredPrediction> Newest => Recently;

    /// <summary>Its days, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyCollection<ModelDay> Days => DayList.Values;

    /// <summary>Said against came; groups without a prediction are left out.</summary>
    public IReadOnlyList<CalibrationBin> Calibration() => [.. Sums.Select((bin, at) => (bin, at)).Where(entry => entry.bin.Count > 0)
        .Select(entry => new CalibrationBin(entry.at / (double)Bins, (entry.at + 1) / (double)Bins, entry.bin.Count,
            entry.bin.Said / entry.bin.Count, entry.bin.Came / entry.bin.Count))];

    internal void Add(ModelOutput output, ModelWeight? weight)
    {
        Asked++;
        Weight = weight;
        if (output.Abstained is not null)
            (Abstained, LastAbstention) = (Abstained + 1, output.Abstained);
        if (output.Provenance is not { } provenance)
            return;
        Tokens += (provenance.InputTokens ?? 0) + (provenance.OutputTokens ?? 0);
        if (output.Abstained is null)
            (LatencySum, Answers) = (LatencySum + provenance.LatencyMilliseconds, Answers + 1);
    }

    internal void Add(long sequence, PredictionScored scored)
    {
        Record = scored.Record;
        (Scored, BrierSum) = (Scored + 1, BrierSum + scored.Score.Brier);
        var claimed = Math.Max(0.5, scored.Forecast.Confidence);
        var rise = scored.Forecast.Direction switch { Direction.Up => claimed, Direction.Down => 1 - claimed, _ => 0.5 };
        var came = scored.PriceThen > scored.Price ? 1 : scored.PriceThen < scored.Price ? 0 : 0.5;
        ref var bin = ref Sums[Math.Clamp((int)(rise * Bins), 0, Bins - 1)];
        bin = new(bin.Count + 1, bin.Said + rise, bin.Came + came);
        var date = DateOnly.FromDateTime(scored.ScoredAt.UtcDateTime);
        var day = DayList.GetValueOrDefault(date) ?? new(date, 0, 0, 0, 0);
        DayList[date] = new(date, day.Scored + 1, day.Signals + (scored.Score.Hit is null ? 0 : 1),
            day.Hits + (scored.Score.Hit == true ? 1 : 0),
            (day.Brier * day.Scored + scored.Score.Brier) / (day.Scored + 1));
        if (Recently.Count == Recent)
            Recently.Dequeue();
        Recently.Enqueue(new(sequence, scored.PriceAt, scored.ScoredAt, scored.Price, scored.Forecast.PredictedPrice, scored.PriceThen,
            scored.Forecast.Direction, scored.Forecast.Confidence, scored.Score.Hit, scored.Score.Brier));
    }
}

/// <summary>The models, folded from predictions and scores.</summary>
public sealed class ModelBook
{
    private readonly SortedDictionary<(string Model, string Symbol), ModelFigures> _models = [];

    /// <summary>No model yet.</summary>
    public ModelBook()
    {
    }

    /// <summary>Models that were known before.</summary>
    [JsonConstructor]
    public ModelBook(IReadOnlyList<KnownModel> known)
    {
        foreach (var model in known)
            _models[(model.Model, model.Symbol)] = model.Figures;
    }

    /// <summary>What is known, to be written.</summary>
    public IReadOnlyList<KnownModel> Known =>
        [.. _models.Select(model => new KnownModel(model.Key.Model, model.Key.Symbol, model.Value))];

    /// <summary>By model and symbol.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<(string Model, string Symbol), ModelFigures> All => _models;

    /// <summary>Takes a prediction.</summary>
    public void Add(PredictionMade prediction)
    {
        for (var at = 0; at < prediction.Models.Count; at++)
            Of(prediction.Models[at].Model, prediction.Price.Symbol)
                .Add(prediction.Models[at], prediction.Weights?.ElementAtOrDefault(at));
    }

    /// <summary>Takes a score.</summary>
    public void Add(long sequence, PredictionScored scored) => Of(scored.Model, scored.Symbol).Add(sequence, scored);

    private ModelFigures Of(string model, string symbol)
    {
        if (!_models.TryGetValue((model, symbol), out var figures))
            _models[(model, symbol)] = figures = new();
        return figures;
    }
}

/// <summary>A model on a symbol.</summary>
/// <param name="Model">The model.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Figures">What is known of it.</param>
public sealed record KnownModel(string Model, string Symbol, ModelFigures Figures);

/// <summary>A group of the calibration, not divided yet.</summary>
/// <param name="Count">Predictions in it.</param>
/// <param name="Said">Sum of the probabilities of a rise that they meant.</param>
/// <param name="Came">How many of them were followed by a rise.</param>
internal readonly record struct BinSum(int Count, double Said, double Came);
