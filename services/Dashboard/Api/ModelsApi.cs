using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Journal.Tables;

namespace Trading.Dashboard.Api;

/// <summary>A model on a symbol.</summary>
/// <param name="Model">The model.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Asked">Predictions that it was asked for.</param>
/// <param name="Abstained">Those that it did not give.</param>
/// <param name="LastAbstention">Why it gave none the last time; null when it never abstained.</param>
/// <param name="Scored">Predictions whose horizon has passed.</param>
/// <param name="Signals">Those with a side, up or down.</param>
/// <param name="Hits">Those of them that came true.</param>
/// <param name="RecentHitRate">Share of recent ones that came true, 0 to 1; null before any.</param>
/// <param name="Brier">Mean Brier score, 0.25 is a coin's; null before any.</param>
/// <param name="Skill">How much better than "no change" recently: 1 perfect, 0 no better; null before any.</param>
/// <param name="ErrorPercent">Mean distance of recent predictions from what came, in percent; null before any.</param>
/// <param name="NoChangeErrorPercent">The same of "no change".</param>
/// <param name="Weight">How much it counted at the last decision; null where only confidence counts.</param>
/// <param name="LostWeight">Why it has no weight; null while it has.</param>
/// <param name="Tokens">Tokens read and written.</param>
/// <param name="LatencyMilliseconds">Mean time of its answers; null for a model in the process.</param>
/// <param name="CallsToday">Paid calls today (UTC), all replicas.</param>
/// <param name="Days">Its days, oldest first.</param>
/// <param name="Calibration">What it said against what came.</param>
public sealed record ModelReport(
    string Model, string Symbol, int Asked, int Abstained, string? LastAbstention, long Scored, long Signals, long Hits,
        double? RecentHitRate,
    double? Brier, double? Skill, double? ErrorPercent, double? NoChangeErrorPercent, double? Weight, string? LostWeight, long Tokens,
    double? LatencyMilliseconds, int CallsToday, IReadOnlyList<ModelDay> Days, IReadOnlyList<CalibrationBin> Calibration)
{
    internal static ModelReport Of((string Model, string Symbol) key, ModelFigures figures, int callsToday)
    {
        var record = figures.Record ?? default;
        return new(
            key.Model, key.Symbol, figures.Asked, figures.Abstained, figures.LastAbstention, record.Scored, record.Signals, record.Hits,
            Known(record.HitRate), Known(figures.Brier), Known(record.Skill), Known(record.RecentErrorPercent / record.RecentScored),
            Known(record.RecentNoChangeErrorPercent / record.RecentScored), figures.Weight?.Weight, figures.Weight?.Lost, figures.Tokens,
            figures.LatencyMilliseconds, callsToday, [.. figures.Days], figures.Calibration());
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>Models and their predictions.</summary>
internal static class ModelsApi
{
    /// <summary>Maps them.</summary>
    public static void MapModels(this RouteGroupBuilder api)
    {
        api.MapGet("/models", ListAsync).WithTags("models")
            .WithSummary("Each model on each symbol: hits, Brier score, calibration, weight, cost");
        api.MapGet("/models/{model}/{symbol}/predictions", PredictionsAsync).WithTags("models")
            .WithSummary("The newest predictions of a model with what came, newest first").ProducesProblem(404);
    }

    private static async Task<Answer<IReadOnlyList<ModelReport>>> ListAsync(
        Journaled journaled, DashboardDatabase database, CancellationToken cancellation)
    {
        var calls = await ModelSpending.CallsAsync(database.Journal, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime),
            cancellation);
        return new(await journaled.ReadAsync<IReadOnlyList<ModelReport>>(view =>
            [.. view.Models.All.Select(model => ModelReport.Of(model.Key, model.Value, calls.GetValueOrDefault(model.Key.Model)))],
                cancellation));
    }

    private static async Task<Answer<Page<ScoredPrediction>>> PredictionsAsync(
        Journaled journaled, string model, string symbol, long? before, int? limit, CancellationToken cancellation) =>
        new(await journaled.ReadAsync(view => view.Models.All.TryGetValue((model, symbol), out var figures)
            ? Paging.Of([.. figures.Newest], row => row.Sequence, before, limit)
            : throw Problems.NotFound($"no model {model} has been asked about {symbol}"), cancellation));
}
