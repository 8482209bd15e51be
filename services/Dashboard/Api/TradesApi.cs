using System.Globalization;
using System.Text;
using Trading.Contracts;
using Trading.Core;
using Trading.Dashboard.Answers;
using TradeRow = Trading.Dashboard.Reading.TradeRow;

namespace Trading.Dashboard.Api;

/// <summary>Trades with one reason, together.</summary>
/// <param name="Reason">prediction, or why positions were left.</param>
/// <param name="Sales">Sales.</param>
/// <param name="Won">Those that made something after fees.</param>
/// <param name="ResultUsd">What they made.</param>
public sealed record ReasonTotal(string Reason, int Sales, int Won, decimal ResultUsd);

/// <summary>Trades together.</summary>
/// <param name="Buys">Purchases.</param>
/// <param name="Sales">Sales.</param>
/// <param name="Won">Sales that made something after fees.</param>
/// <param name="ResultUsd">What the sales made after their fees.</param>
/// <param name="FeesUsd">All fees.</param>
/// <param name="VolumeUsd">What was traded.</param>
/// <param name="BestUsd">The best sale.</param>
/// <param name="WorstUsd">The worst sale.</param>
/// <param name="Reasons">By reason, the largest loss first.</param>
public sealed record TradeTotals(
    int Buys, int Sales, int Won, decimal ResultUsd, decimal FeesUsd, decimal VolumeUsd, decimal BestUsd, decimal WorstUsd,
    IReadOnlyList<ReasonTotal> Reasons);

/// <summary>A year for the tax office.</summary>
/// <param name="Year">The year (UTC).</param>
/// <param name="Method">fifo, hifo or lifo.</param>
/// <param name="Disposals">Units of one lot that one sale took, the first sale first; no more than were asked for.</param>
/// <param name="Open">Lots that are not sold; no more than were asked for.</param>
/// <param name="ProceedsUsd">What the sales brought, fees taken off.</param>
/// <param name="CostUsd">What their units had cost, fees included.</param>
/// <param name="GainUsd">Gain (positive) or loss.</param>
/// <param name="DisposalsTotal">How many disposals the year has.</param>
/// <param name="OpenTotal">How many lots are not sold.</param>
public sealed record TaxYear(
    int Year, TaxMethod Method, IReadOnlyList<TaxDisposal> Disposals, IReadOnlyList<TaxLot> Open, decimal ProceedsUsd, decimal CostUsd,
    decimal GainUsd, int DisposalsTotal, int OpenTotal);

/// <summary>Trades: a list, totals, a file, tax lots.</summary>
internal static class TradesApi
{
    /// <summary>Maps them.</summary>
    public static void MapTrades(this RouteGroupBuilder api)
    {
        api.MapGet("/trades", ListAsync).WithTags("trades").WithSummary("Trades, newest first");
        api.MapGet("/trades/totals", TotalsAsync).WithTags("trades").WithSummary("Trades together, and by reason");
        api.MapGet("/trades.csv", CsvAsync).WithTags("trades").WithSummary("All trades that fit as CSV").Produces<string>(200, "text/csv");
        api.MapGet("/tax", TaxAsync).WithTags("trades").WithSummary("Lots and sales of a year").ProducesProblem(409);
    }

    private static async Task<IReadOnlyList<TradeRow>> MatchingAsync(Journaled journaled, string? symbol, string? side, string? reason,
        DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        var wanted = QueryWords.Of<TradeAction>("side", side);
        var rows = await journaled.ReadAsync(view => view.Trades, cancellation);
        return symbol is null && wanted is null && reason is null && from is null && to is null ? rows
            : [.. rows.Where(row => (symbol is null || row.Symbol == symbol) && (wanted is null || row.Side == wanted)
                && (reason is null || row.Reason == reason) && (from is null || row.At >= from) && (to is null || row.At < to))];
    }

    private static async Task<Answer<Page<TradeRow>>> ListAsync(
        Journaled journaled, string? symbol, string? side, string? reason, DateTimeOffset? from,
        DateTimeOffset? to, long? before, int? limit, CancellationToken cancellation) =>
        new(Paging.Of(await MatchingAsync(journaled, symbol, side, reason, from, to, cancellation), row => row.Sequence, before, limit));

    private static async Task<Answer<TradeTotals>> TotalsAsync(
        Journaled journaled, string? symbol, string? side, string? reason, DateTimeOffset? from,
        DateTimeOffset? to, CancellationToken cancellation) =>
        new(Totals(await MatchingAsync(journaled, symbol, side, reason, from, to, cancellation)));

    private static TradeTotals Totals(IReadOnlyList<TradeRow> rows)
    {
        var sales = rows.Where(row => row.ResultUsd is not null).ToList();
        return new(
            rows.Count - sales.Count, sales.Count, sales.Count(row => row.ResultUsd > 0), sales.Sum(row => row.ResultUsd!.Value),
            rows.Sum(row => row.FeeUsd), rows.Sum(row => row.ValueUsd), sales.Max(row => row.ResultUsd) ?? 0,
            sales.Min(row => row.ResultUsd) ?? 0,
            [.. sales.GroupBy(row => row.Reason).Select(group => new ReasonTotal(group.Key, group.Count(),
                group.Count(row => row.ResultUsd > 0), group.Sum(row => row.ResultUsd!.Value))).OrderBy(total => total.ResultUsd)]);
    }

    private static async Task<IResult> CsvAsync(Journaled journaled, string? symbol, string? side, string? reason, DateTimeOffset? from,
        DateTimeOffset? to, CancellationToken cancellation)
    {
        var rows = await MatchingAsync(journaled, symbol, side, reason, from, to, cancellation);
        var text = new StringBuilder("at_utc,symbol,side,quantity,price,value_usd,fee_usd,result_usd,reason,exchange,simulated,trade_id\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture,
                $"{row.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ},{row.Symbol},{DecisionText.Lower(row.Side)},"
                + $"{DecisionText.Exact(row.Quantity)},{DecisionText.Exact(row.Price)},{DecisionText.Exact(row.ValueUsd)},"
                + $"{DecisionText.Exact(row.FeeUsd)},{(row.ResultUsd is { } result ? DecisionText.Exact(result) : "")},{row.Reason},"
                + $"{row.Exchange},{(row.Simulated ? "true" : "false")},{row.TradeId}\n");
        return Results.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", "trades.csv");
    }

    private static async Task<Answer<TaxYear>> TaxAsync(
        Journaled journaled, string? method, int? year, int? limit, CancellationToken cancellation)
    {
        var (by, wanted) = (QueryWords.Of<TaxMethod>("method", method) ?? TaxMethod.Fifo, year ?? TimeProvider.System.GetUtcNow().Year);
        if (wanted is < 2009 or > 9999)
            throw Problems.Wrong("year", "2009 to 9999", wanted);
        if (limit is < 1 or > Paging.MostRows)
            throw Problems.Wrong("limit", $"1 to {Paging.MostRows}", limit);
        var most = limit ?? int.MaxValue;
        return new(await journaled.ReadAsync(view =>
        {
            var lots = view.Tax.Of(by);
            if (lots.Impossible is { } impossible)
                throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "lots-do-not-fit", impossible));
            var sold = lots.In(wanted);
            return new TaxYear(wanted, by, [.. sold.Disposals.Take(most)], [.. lots.Open.Take(most)], sold.ProceedsUsd, sold.CostUsd,
                sold.ProceedsUsd - sold.CostUsd, sold.Disposals.Count, lots.Open.Count());
        }, cancellation));
    }
}
