using System.Globalization;
using Trading.Dashboard.Access;
using Trading.Dashboard.Answers;
using Trading.Dashboard.Reading;
using Trading.Hosting.Settings;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;

namespace Trading.Dashboard.Api;

/// <summary>A checkpoint.</summary>
/// <param name="Size">Events that it covers.</param>
/// <param name="At">When it was made (UTC).</param>
/// <param name="Root">Root of their tree, in base64.</param>
/// <param name="Note">The whole checkpoint with its signatures.</param>
public sealed record CheckpointRow(long Size, DateTimeOffset At, string Root, string Note);

/// <summary>How the journal is sealed.</summary>
/// <param name="Sealed">Events that the last checkpoint covers; 0 in a journal that was never sealed.</param>
/// <param name="Waiting">Events that are not sealed yet.</param>
/// <param name="IntervalSeconds">Seconds between two seals; 0 for none.</param>
/// <param name="Anchors">Where checkpoints are kept outside.</param>
/// <param name="Checkpoints">The newest checkpoints, newest first.</param>
/// <param name="Checks">Checks since the program's start, newest first.</param>
public sealed record AuditReport(
    long Sealed, long Waiting, int IntervalSeconds, IReadOnlyList<string> Anchors, IReadOnlyList<CheckpointRow> Checkpoints,
    IReadOnlyList<JournalCheckReport> Checks);

/// <summary>Seals, checks and exports.</summary>
internal static class AuditApi
{
    private const int MostCheckpoints = 50;

    /// <summary>Maps them.</summary>
    public static void MapAudit(this RouteGroupBuilder api)
    {
        api.MapGet("/audit", ReportAsync).WithTags("audit").WithSummary("How the journal is sealed, and what checks found");
        api.MapGet("/audit/checks/{id:int}", (JournalChecks checks, int id) => new Answer<JournalCheckReport>(
            checks.All.FirstOrDefault(check => check.Id == id) ?? throw Problems.NotFound($"there is no check {id}")))
            .WithTags("audit").WithSummary("A check with its progress").ProducesProblem(404);
        api.MapPost("/audit/checks", Check).WithTags("audit")
            .WithSummary("Computes every sealed event again; the report shows the progress")
            .Produces<JournalCheckReport>(202).ProducesProblem(403).ProducesProblem(409);
        api.MapGet("/audit/bundle", BundleAsync).WithTags("audit")
            .WithSummary("Events with their proofs, to check with nothing but the public key (docs/audit-format.md)")
            .Produces<string>(200, "application/x-ndjson").ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<Answer<AuditReport>> ReportAsync(
        DashboardDatabase database, Journaled journaled, JournalChecks checks, TradingSettings settings, CancellationToken cancellation)
    {
        var checkpoints = new List<CheckpointRow>();
        var waiting = await SealedTree.WaitingAsync(database.Journal, cancellation);
        if (await SealedTree.IsThereAsync(database.Journal, cancellation))
        {
            await using var command = database.Journal.CreateCommand("select note from audit.checkpoints order by position desc limit $1");
            command.Parameters.Add(new() { Value = MostCheckpoints });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                checkpoints.Add(Row(reader.GetString(0)));
        }
        return new(new(checkpoints.Count > 0 ? checkpoints[0].Size : 0, waiting, settings.SealIntervalSeconds, settings.Anchors,
            checkpoints, journaled.IsOwn ? checks.All : []));
    }

    private static CheckpointRow Row(string note)
    {
        try
        {
            var said = SignedCheckpoint.Parse(note).Checkpoint;
            return new(said.Size, said.At, Convert.ToBase64String(said.Root), note);
        }
        catch (FormatException unreadable)
        {
            return new(0, default, $"cannot be read: {unreadable.Message}", note);
        }
    }

    private static IResult Check(HttpContext context, JournalChecks checks)
    {
        var caller = Caller.Of(context);
        return caller.Token.MayAudit ? Results.Accepted("/api/v1/audit", checks.Start(caller.Name))
            : throw Problems.Forbidden(caller.Token, "run checks");
    }

    private static async Task BundleAsync(
        HttpContext context, DashboardDatabase database, long? from, long? to, CancellationToken cancellation)
    {
        var caller = Caller.Of(context);
        if (!caller.Token.MayAudit)
            throw Problems.Forbidden(caller.Token, "export");
        if (from > to)
            throw Problems.Wrong("from", "at most to", from);
        var last = await SealedTree.LastAsync(database.Journal, cancellation) ?? throw Problems.NotFound("nothing is sealed yet");
        var tree = await SealedTree.LoadAsync(database.Journal, last.Checkpoint.Size, null, cancellation);
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture,
            $"attachment; filename=\"events-{from ?? 1}-{to ?? last.Checkpoint.Size}.ndjson\"");
        await Bundle.WriteAsync(database.Journal, new(from ?? 1, to ?? long.MaxValue, null), last, tree, context.Response.Body, null,
            cancellation);
    }
}
