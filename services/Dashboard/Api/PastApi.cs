using Trading.Core.Strategies;
using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Api;

/// <summary>The past.</summary>
/// <param name="Missing">Why nothing can be run; null where it can.</param>
/// <param name="Strategies">What may decide.</param>
/// <param name="Runs">Runs since the start, newest first.</param>
/// <param name="Journals">Journals on the same server.</param>
public sealed record PastReport(
    string? Missing, IReadOnlyList<string> Strategies, IReadOnlyList<PastRun> Runs, IReadOnlyList<JournalRow> Journals);

/// <summary>Backtests, drift, and the journals that there are.</summary>
internal static class PastApi
{
    /// <summary>A report is a page of its own: it may show itself, and do nothing else.</summary>
    private const string ReportPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

    /// <summary>Maps them.</summary>
    public static void MapPast(this RouteGroupBuilder api)
    {
        api.MapGet("/past", ReportAsync).WithTags("past").WithSummary("Runs over the past, and the journals of this server");
        api.MapGet("/journals", async (OpenJournals journals, CancellationToken cancellation) =>
            new Answer<IReadOnlyList<JournalRow>>(await journals.ListAsync(cancellation))).WithTags("past")
            .WithSummary("The journals of this server; any is read with the parameter journal");
        api.MapPost("/past/runs", StartAsync).WithTags("past").WithSummary("Starts a backtest, or compares the journal with one")
            .Produces<PastRun>(202).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
        api.MapGet("/past/runs/{id:int}", Run).WithTags("past").WithSummary("A run with its figures").ProducesProblem(404);
        api.MapDelete("/past/runs/current", Stop).WithTags("past")
            .WithSummary("Stops the run under way").Produces(204).ProducesProblem(403);
        api.MapGet("/past/runs/{id:int}/report", Report).WithTags("past").WithSummary("The report of a backtest, a page by itself")
            .Produces<string>(200, "text/html").ProducesProblem(404);
    }

    private static async Task<Answer<PastReport>> ReportAsync(PastRuns runs, OpenJournals journals, CancellationToken cancellation) =>
        new(new(PastRuns.Missing, [.. TradingStrategies.Names], [.. runs.All.Select(run => run with { Figures = null })],
            await journals.ListAsync(cancellation)));

    private static async Task<IResult> StartAsync(
        HttpContext context, PastRuns runs, OpenJournals journals, PastRequest request, CancellationToken cancellation)
    {
        var caller = Caller.Of(context);
        if (caller.Token.Role == TokenRole.Viewer)
            throw Problems.Forbidden(caller.Token, "run backtests");
        if (request.Journal is { } journal)
            await journals.MustBeThereAsync(journal, cancellation);
        var run = runs.Start(caller.Name, request);
        return Results.Accepted($"/api/v1/past/runs/{run.Id}", run);
    }

    private static Answer<PastRun> Run(PastRuns runs, int id) => new(runs.Find(id) ?? throw Problems.NotFound($"there is no run {id}"));

    private static IResult Stop(HttpContext context, PastRuns runs)
    {
        var caller = Caller.Of(context);
        if (caller.Token.Role == TokenRole.Viewer)
            throw Problems.Forbidden(caller.Token, "stop runs");
        runs.Stop();
        return Results.NoContent();
    }

    private static IResult Report(HttpContext context, PastRuns runs, int id)
    {
        var file = runs.Report(id) ?? throw Problems.NotFound($"run {id} has no report");
        context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        return Results.File(File.ReadAllBytes(file), "text/html; charset=utf-8");
    }
}
