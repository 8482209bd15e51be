using Trading.Core;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Api;

/// <summary>Prices as bars.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="IntervalSeconds">Seconds of a bar.</param>
/// <param name="Bars">
/// Each as start (seconds since 1970), open, high, low, close, oldest first; intervals without a price are left out.
/// </param>
/// <param name="First">The first price that is kept, in seconds since 1970; null where there is none.</param>
/// <param name="Last">The last price that is kept.</param>
public sealed record PriceBars(string Symbol, int IntervalSeconds, IReadOnlyList<decimal[]> Bars, long? First, long? Last);

/// <summary>Something to mark on the chart.</summary>
/// <param name="At">Seconds since 1970.</param>
/// <param name="Kind">buy, sell, stop (left by a stop, a limit of time or a loss), or refused.</param>
/// <param name="Price">At which price.</param>
/// <param name="TradeId">The decision.</param>
/// <param name="Told">In a few words.</param>
public sealed record ChartMark(long At, string Kind, decimal Price, Guid TradeId, string Told);

/// <summary>The last prediction as a line into the future, with the mean error of the models that gave it as its band.</summary>
/// <param name="At">The price that was predicted on, in seconds since 1970.</param>
/// <param name="Until">The horizon.</param>
/// <param name="Price">The price that was predicted on.</param>
/// <param name="Predicted">The predicted price.</param>
/// <param name="Low">The predicted price less the mean error; null before any prediction was scored.</param>
/// <param name="High">The predicted price and the mean error.</param>
/// <param name="Confidence">0 to 1.</param>
public sealed record PredictionLine(long At, long Until, decimal Price, decimal Predicted, decimal? Low, decimal? High, double Confidence);

/// <summary>What is drawn over the bars.</summary>
/// <param name="Marks">Entries, exits, stops and refusals, oldest first, the newest where there are too many.</param>
/// <param name="Prediction">The last prediction; null where there is none.</param>
/// <param name="EntryPrice">Mean price paid for what is held; null when nothing is.</param>
/// <param name="StopPrice">The stop below it.</param>
/// <param name="TargetPrice">The target above it.</param>
public sealed record ChartMarks(
    IReadOnlyList<ChartMark> Marks, PredictionLine? Prediction, decimal? EntryPrice, decimal? StopPrice, decimal? TargetPrice);

/// <summary>The chart.</summary>
internal static class ChartApi
{
    private const int MostBars = 5000, MostMarks = 1000;
    private const long MostSeconds = 3L * 366 * 86_400;

    /// <summary>Maps it.</summary>
    public static void MapChart(this RouteGroupBuilder api)
    {
        api.MapGet("/prices", PricesAsync).WithTags("chart").WithSummary("Prices as bars of any interval")
            .WithDescription($"At most {MostBars} bars: the interval becomes longer where there would be more.");
        api.MapGet("/marks", MarksAsync).WithTags("chart").WithSummary("Trades, refusals and the last prediction, to draw over the bars");
    }

    private static async Task<Answer<PriceBars>> PricesAsync(
        DashboardDatabase database, TradingSettings settings, string symbol, long? from, long? to, int? interval,
            CancellationToken cancellation)
    {
        CheckSymbol(settings, symbol);
        if (interval is < 1 or > 31_536_000)
            throw Problems.Wrong("interval", "1 to 31536000 seconds", interval);
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds();
        var newest = await database.Prices.LastAsync(symbol, settings.PriceIntervalSeconds, Math.Min(to ?? tomorrow, tomorrow), 1,
            cancellation);
        if (newest is not [var last])
            return new(new(symbol, interval ?? settings.PriceIntervalSeconds, [], null, null));
        var until = Math.Min(to ?? last.UnixSeconds, last.UnixSeconds);
        var since = Math.Max(from ?? until - 86_400, until - MostSeconds);
        if (since > until)
            return new(new(symbol, interval ?? settings.PriceIntervalSeconds, [], null, last.UnixSeconds));
        var wanted = Math.Max(interval ?? 0, settings.PriceIntervalSeconds);
        var least = (int)Math.Min(int.MaxValue, (until - since) / MostBars + 1);
        var seconds = least <= wanted ? wanted
            : Steps.FirstOrDefault(step => step >= least && step >= wanted, (least + 86_399) / 86_400 * 86_400);
        var points = await database.Prices.BetweenAsync(symbol, settings.PriceIntervalSeconds, since, until, cancellation);
        return new(new(symbol, seconds, Bars(points, seconds), points.Count > 0 ? points[0].UnixSeconds : null, last.UnixSeconds));
    }

    private static readonly int[] Steps = [60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

    private static List<decimal[]> Bars(IReadOnlyList<PricePoint> points, int seconds)
    {
        var bars = new List<decimal[]>();
        foreach (var (at, price) in points)
        {
            var begin = at - at % seconds;
            if (bars.Count == 0 || bars[^1][0] != begin)
                // A bar begins where the one before ended: the prices are samples, not trades.
                bars.Add([begin, bars.Count > 0 ? bars[^1][4] : price, price, price, price]);
            var bar = bars[^1];
            (bar[2], bar[3], bar[4]) = (Math.Max(Math.Max(bar[1], bar[2]), price), Math.Min(Math.Min(bar[1], bar[3]), price), price);
        }
        return bars;
    }

    private static async Task<Answer<ChartMarks>> MarksAsync(
        Journaled journaled, TradingSettings settings, string symbol, long? from, long? to, CancellationToken cancellation)
    {
        CheckSymbol(settings, symbol);
        var (rows, prediction, position) = await journaled.ReadAsync(view => (view.Decisions.Rows, Prediction(view, symbol),
            NowReport.Of(view, settings, [], null).Positions.FirstOrDefault(held => held.Symbol == symbol)), cancellation);
        // The newest first: they are all that is shown where there are many.
        var marks = Enumerable.Range(1, rows.Count).Select(back => rows[^back]).Where(row => row.Outcome != "hold" && row.Symbol == symbol
            && (row.FilledPrice is not null || row.Outcome == "refused")
            && row.PriceAt.ToUnixTimeSeconds() is var at && at >= (from ?? long.MinValue) && at <= (to ?? long.MaxValue)).Take(MostMarks);
        return new(new([.. marks.Reverse().Select(Mark)], prediction, position?.EntryPrice, position?.StopPrice, position?.TargetPrice));
    }

    private static ChartMark Mark(DecisionRow row) => new(
        row.PriceAt.ToUnixTimeSeconds(),
        row.Outcome == "refused" ? "refused" : row.Exit is not null ? "stop" : DecisionText.Lower(row.Action),
        row.FilledPrice ?? row.Price, row.TradeId, row.Told);

    private static PredictionLine? Prediction(JournalView view, string symbol)
    {
        if (view.LastPrediction is not { Ensemble: { } ensemble } prediction || prediction.Price.Symbol != symbol)
            return null;
        var errors = prediction.Models.Where(model => model.Abstained is null)
            .Select(model => view.Models.All.GetValueOrDefault((model.Model, symbol))?.Record)
            .Where(record => record is { RecentScored: > 0 })
                .Select(record => record!.Value.RecentErrorPercent / record.Value.RecentScored).ToList();
        var predicted = decimal.Round((decimal)ensemble.PredictedPrice, 2);
        var band = errors.Count == 0 ? default(decimal?) : decimal.Round(prediction.Price.Price * (decimal)errors.Average() / 100, 2);
        var at = prediction.Price.IntervalStart.ToUnixTimeSeconds();
        return new(at, at + prediction.HorizonSeconds, prediction.Price.Price, predicted, predicted - band, predicted + band,
            ensemble.Confidence);
    }

    private static void CheckSymbol(TradingSettings settings, string symbol)
    {
        if (!Plausibility.IsSymbol(symbol))
            throw Problems.Wrong("symbol", $"a symbol like {settings.Symbols[0]}", symbol);
    }
}
