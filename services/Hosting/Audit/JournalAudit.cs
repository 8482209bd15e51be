using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Checks;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Hosting.Audit;

/// <summary>One part of a check.</summary>
/// <param name="Name">verify, anchors, streams, accounts, replay, history or catalog.</param>
/// <param name="Told">What was looked at, in words.</param>
/// <param name="Wrongs">How much is wrong.</param>
/// <param name="First">The first of it, one line each.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record AuditPart(string Name, string Told, long Wrongs, IReadOnlyList<string> First, double Seconds)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Clean => Wrongs == 0;
}

/// <summary>A whole check of a journal.</summary>
/// <param name="Format">Name of this form.</param>
/// <param name="Database">The journal's database.</param>
/// <param name="Origin">Name of the journal in its checkpoints; null when it was never sealed.</param>
/// <param name="Journal">Its identity; null when it has none.</param>
/// <param name="At">When it began (UTC).</param>
/// <param name="Version">Version of the program that checked.</param>
/// <param name="Sealed">Sealed events.</param>
/// <param name="Root">Root of the tree over them, base64; null without a seal.</param>
/// <param name="Parts">The parts.</param>
public sealed record AuditReport(string Format, string Database, string? Origin, string? Journal, DateTimeOffset At, string Version,
    long Sealed, string? Root, IReadOnlyList<AuditPart> Parts)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Clean => Parts.All(part => part.Clean);
}

/// <summary>
/// Everything that can be checked about a journal, in one run: its seals, what is kept elsewhere, its streams, accounts, decisions, prices
/// and the database's catalog. A part that cannot be carried out counts as wrong, and the others are carried out all the same.
/// </summary>
public sealed class JournalAudit(NpgsqlDataSource database, string connectionString, TradingSettings settings, ISecretStore secrets)
{
    /// <summary>Name of the report's form.</summary>
    public const string Format = "trading-audit-report/1";

    private const int Named = 20;

    private readonly List<AuditPart> _parts = [];

    /// <summary>Checks all.</summary>
    /// <param name="keys">Keys that are trusted; those of the settings when empty.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<AuditReport> RunAsync(IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        var begin = TimeProvider.System.GetUtcNow();
        SignedCheckpoint? last = null;
        try
        {
            last = await SealedTree.LastAsync(database, cancellation);
        }
        catch (SealException)
        {
            // The verification names it.
        }
        var kept = new KeptCheckpoints([], []);
        await PartAsync("anchors", async () =>
        {
            (kept, var faults) = await AnchorReading.ReadAsync(AnchorChoice.Of(settings), Name, last?.Checkpoint, cancellation);
            return Anchors(kept, faults);
        });
        await PartAsync("witnesses", () => WitnessesAsync(kept.Checkpoints, cancellation));
        await PartAsync("verify", () => VerifyAsync(keys, kept, cancellation));
        await PartAsync("streams", () => StreamsAsync(cancellation));
        await PartAsync("accounts", () => AccountsAsync(cancellation));
        ReplayResult? replayed = null;
        await PartAsync("replay", async () =>
        {
            replayed = await ReplayRun.RunAsync(
                database, connectionString, settings, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, null, cancellation);
            return Replayed(replayed);
        });
        await PartAsync("history", () => HistoryAsync(replayed, cancellation));
        await PartAsync("catalog", () => CatalogAsync(cancellation));
        return new(Format, Name, last?.Checkpoint.Origin,
            last?.Checkpoint.Journal, begin, typeof(JournalAudit).Assembly.GetName().Version!.ToString(3), last?.Checkpoint.Size ?? 0,
            last is null ? null : Convert.ToBase64String(last.Checkpoint.Root), _parts);
    }

    private sealed record Found(string Told, long Wrongs, IReadOnlyList<string> First);

    private string Name { get; } = new NpgsqlConnectionStringBuilder(connectionString).Database!;

    private async Task PartAsync(string name, Func<Task<Found>> check)
    {
        var begin = TimeProvider.System.GetTimestamp();
        Found found;
        try
        {
            found = await check();
        }
        // Anyone who can write to the database can leave anything in it: a part that fails is wrong, and stops no other.
        catch (Exception failed) when (failed is not (OperationCanceledException or NpgsqlException { IsTransient: true }))
        {
            found = new("could not be carried out", 1, [failed.Message.Split('\n')[0]]);
        }
        _parts.Add(new(name, found.Told, found.Wrongs, [.. found.First.Take(Named)],
            Math.Round(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 3)));
    }

    private async Task<Found> VerifyAsync(IReadOnlyList<VerifierKey> keys, KeptCheckpoints kept, CancellationToken cancellation)
    {
        if (keys.Count == 0)
            keys = await SealKeys.PublicKeyAsync(settings, secrets, cancellation) is { } own ? [own]
                : throw new SealKeyException(
                    "the sealer's public key is not known: Trading:SealKeyFile, Trading:SealKeySecret or --public-key");
        var verified = await Verifier.VerifyAsync(database, new(keys, kept.Checkpoints, Journal: JournalIdentities.Of(settings, Name)?.Id,
            Writers: await WriterKeys.KeyAsync(settings, secrets, creates: false, cancellation),
            Patience: Verifier.DefaultPatience + TimeSpan.FromSeconds(2 * settings.SealIntervalSeconds)), null, cancellation);
        return new(Text($"{verified.Events:N0} events recomputed, {verified.Sealed:N0} sealed, ")
            + (verified.Archived > 0 ? Text($"{verified.Archived:N0} archived, ") : "")
            + Text($"{verified.Unsealed:N0} not sealed yet, {verified.Checkpoints:N0} checkpoints"),
            verified.Wrongs, [.. verified.First.Select(Told)]);
    }

    private async Task<Found> WitnessesAsync(IReadOnlyList<SignedCheckpoint> kept, CancellationToken cancellation)
    {
        var (stamped, stamp, wrong) = await TimeStamp.CheckAllAsync(database, TimeStamping.Roots(settings), cancellation);
        var stamps = stamp is null ? "no time stamps" : Text($"{stamped:N0} time stamps, the last of {stamp.At:u}");
        if (settings.Witnesses.Count == 0)
            return new($"no witnesses (Trading:Witnesses), {stamps}", wrong.Count, wrong);
        var quorum = new WitnessQuorum([.. WitnessAddress.Of(settings).Select(witness => witness.Key)], WitnessAddress.Quorum(settings),
            TimeSpan.FromSeconds(2 * settings.WitnessIntervalSeconds + settings.AlertSealLagSeconds));
        var found = await quorum.FindAsync(database, kept, cancellation);
        return new(Text($"{found.Witnesses} of {found.Of} witnesses cosigned the checkpoint of {found.Checkpoint?.Size ?? 0:N0} events, ")
            + stamps, found.Wrong.Count + wrong.Count, [.. found.Wrong, .. wrong]);
    }

    private Found Anchors(KeptCheckpoints kept, IReadOnlyList<string> faults) => settings.Anchors.Count == 0
        ? new("no checkpoint is kept elsewhere (Trading:Anchors): an older copy of the whole journal would not be noticed", 0, [])
        : new(Text($"{kept.Checkpoints.Count:N0} checkpoints kept in {string.Join(", ", settings.Anchors)}, compared by verify"),
            faults.Count + kept.Unreadable.Count, [.. faults, .. kept.Unreadable]);

    private async Task<Found> StreamsAsync(CancellationToken cancellation)
    {
        var found = await StreamCheck.RunAsync(database, cancellation);
        return new(Text($"{found.Numbers:N0} of {found.Newest:N0} sequence numbers have no event"), found.Streams.Count + found.Gone.Count,
            [.. found.Streams.Select(stream => $"{stream.Stream} {stream.Detail}"),
                .. found.Gone.Select(Told)]);
    }

    private static string Told(GoneEvent gone) =>
        Text($"event {gone.Sequence} ({gone.Stream}, version {gone.Version}) was sealed and is gone");

    private async Task<Found> AccountsAsync(CancellationToken cancellation)
    {
        var (accounts, wrong) = await AccountCheck.RunAsync(database, cancellation);
        return new(Text($"{accounts:N0} computed from events and compared with the stored ones"), wrong.Count,
            [.. wrong.Select(account => $"{account.Account}: {account.Difference.Detail}")]);
    }

    private static Found Replayed(ReplayResult result)
    {
        var replay = result.Replay;
        var omitted = replay.ScoresOmitted == 0 ? "" : Text($", {replay.ScoresOmitted:N0} answers not scored");
        return new(Text($"{replay.Decisions:N0} decisions and {replay.Orders:N0} ended orders computed again, ")
            + Text($"{replay.Windows + replay.WindowsFromHistory:N0} price windows, ")
            + (result.Strategies == 0 ? "" : Text($"{result.Strategies:N0} answers of strategies, "))
            + Text($"{replay.WindowsTakenAsRecorded:N0} more taken as recorded{omitted}"),
            result.Differences, [.. result.First.Select(Told)]);
    }

    private static string Told(ReplayDifference difference) =>
        Text($"event {difference.Sequence} ({difference.StreamId}, version {difference.Version}) {difference.What}: ")
        + $"recorded {difference.Recorded}, recomputed {difference.Recomputed}";

    private async Task<Found> HistoryAsync(ReplayResult? result, CancellationToken cancellation)
    {
        if (result?.History is not { } history)
            return new(result is null ? "not compared, for the replay failed" : "the price history is not in this database",
                result is null ? 1 : 0, []);
        var (days, wrong) = await HistoryCheck.CommittedAsync(database, cancellation);
        return new(Text($"{history.Prices:N0} prices of the journal compared with the price history, ")
            + Text($"{days:N0} days from elsewhere with their digests"),
            history.Wrongs + wrong.Count, [.. wrong, .. history.First.Select(HistoryWords.Tell)]);
    }

    private async Task<Found> CatalogAsync(CancellationToken cancellation)
    {
        var wrong = await CatalogCheck.RunAsync(database, cancellation);
        return new(Text($"{CatalogCheck.Known.Count:N0} tables, their keys, triggers, rules, rights of rows and functions"), wrong.Count,
            wrong);
    }

    private static string Told(Wrong wrong) => wrong switch
    {
        { Sequence: null } or { Kind: WrongKind.Checkpoint or WrongKind.Tree or WrongKind.RolledBack or WrongKind.OtherJournal } =>
            wrong.Detail,
        { StreamId: null } => Text($"event {wrong.Sequence} {wrong.Detail}"),
        _ => Text($"event {wrong.Sequence} ({wrong.StreamId}, version {wrong.Version}) {wrong.Detail}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Wrong prices in words.</summary>
public static class HistoryWords
{
    /// <summary>A price that the history has otherwise.</summary>
    public static string Tell(WrongPrice wrong) => string.Create(CultureInfo.InvariantCulture,
        $"the history has {wrong.History} for {wrong.Symbol} at {wrong.At:yyyy-MM-dd HH:mm:ss} UTC, the journal {wrong.Journal}");
}
