using System.CommandLine;
using System.Globalization;
using Npgsql;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>Whether the journal, or a bundle that was exported from one, is what was sealed.</summary>
public static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var from = new Option<string>("--from") { Description = "first event that is recomputed: a sequence number, or a time (UTC)", HelpName = "event" };
        var to = new Option<string>("--to") { Description = "last event that is recomputed: a sequence number, or a time (UTC)", HelpName = "event" };
        var checkpoints = new Option<string[]>("--checkpoint") { Description = "checkpoint that was kept elsewhere, or a folder of them; may be repeated", HelpName = "file" };
        var bundle = new Option<FileInfo>("--bundle") { Description = "exported bundle to verify in place of a journal: needs no database", HelpName = "file" };
        var keys = new Option<string[]>("--public-key") { Description = "public key of the sealer, or its file; may be repeated; that of the settings when left out", HelpName = "key" };
        var command = new Command(
            "verify",
            "Recomputes every sealed event from its stored row, the tree from them, and compares both with the signed checkpoints; names what is wrong, the first first.\n"
            + "Example: trading audit verify --checkpoint /mnt/auditor/live --public-key seal.key.pub\n"
            + "Example: trading audit verify --bundle trade.ndjson --public-key seal.key.pub") { from, to, checkpoints, bundle, keys };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => AuditOptions.GuardAsync(() =>
        {
            if (parsed.GetValue(bundle) is { } file)
                return VerifyBundleAsync(file, Keys(parsed.GetValue(keys)), parsed.GetValue(options.Json), cancellation);
            return options.OnJournalAsync(parsed, run => VerifyJournalAsync(run, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(checkpoints) ?? [], Keys(parsed.GetValue(keys))), cancellation);
        }));
        return command;
    }

    internal static IReadOnlyList<VerifierKey> Keys(string[]? given) => [.. (given ?? []).Select(VerifierKey.Read)];

    private static async Task<int> VerifyBundleAsync(FileInfo file, IReadOnlyList<VerifierKey> keys, bool json, CancellationToken cancellation)
    {
        if (keys.Count == 0)
            throw new AuditException("a bundle is verified with the sealer's public key and nothing else: --public-key");
        var result = await Bundle.VerifyAsync(file.FullName, keys, cancellation);
        if (json)
            AuditRun.Print(result);
        else if (result.Wrong is null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Events:N0} events are those that were sealed, by the checkpoint of {result.Checkpoint!.Size:N0} events from {result.Checkpoint.At:u} of {result.Checkpoint.Origin}"));
        else
            Console.WriteLine($"WRONG: {result.Wrong}");
        return result.Wrong is null ? AuditOptions.Clean : AuditOptions.FoundWrong;
    }

    private static async Task<int> VerifyJournalAsync(AuditRun run, string? from, string? to, string[] outside, IReadOnlyList<VerifierKey> keys)
    {
        if (keys.Count == 0)
            keys = [await Seals.PublicKeyAsync(run.Settings, Secrets.Store(run.Settings, TimeProvider.System), run.Cancellation) ?? throw new AuditException("verifying needs the sealer's public key: --public-key, Trading:SealKeyFile or Trading:SealKeySecret")];
        var last = await SealedTree.LastAsync(run.Database, run.Cancellation);
        var kept = outside.SelectMany(FolderAnchor.Load).ToList();
        if (last is not null && run.Settings.Anchors.Contains("folder"))
            kept.AddRange(new FolderAnchor(run.Settings.AnchorFolder!).Kept(last.Checkpoint.Origin));
        var range = new VerifyRange(keys, kept, await SequenceAsync(run, from, first: true), await SequenceAsync(run, to, first: false));
        var verified = await AuditProgress.RunAsync(
            "events", last?.Checkpoint.Size ?? 0, run.Json, progress => Verifier.VerifyAsync(run.Database, range, progress, run.Cancellation));
        if (run.Json)
            AuditRun.Print(verified);
        else
            Print(verified);
        return verified.Clean ? AuditOptions.Clean : AuditOptions.FoundWrong;
    }

    private static void Print(Verification verified)
    {
        foreach (var wrong in verified.First)
            Line($"WRONG: {Place(wrong)}{wrong.Detail}{(wrong.Sequence is null ? "" : $" ({wrong.Kind.ToString().ToLowerInvariant()})")}");
        if (verified.Wrongs > verified.First.Count)
            Line($"and {verified.Wrongs - verified.First.Count:N0} more");
        Line($"{verified.Events:N0} events recomputed, {verified.Sealed:N0} sealed, {verified.Unsealed:N0} not sealed yet, {verified.Checkpoints:N0} checkpoints");
        if (verified.Holds is { } holds)
            Line($"everything is as it was sealed{(verified.Clean ? "" : " up to")} by the checkpoint of {holds.Size:N0} events from {holds.At:u}, root {Convert.ToBase64String(holds.Root)}");
        else
            Line($"{(verified.Clean ? "there is nothing to verify" : "no checkpoint holds")}");

        static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }

    private static string Place(Wrong wrong) => wrong switch
    {
        { Sequence: null } or { Kind: WrongKind.Checkpoint or WrongKind.Tree or WrongKind.RolledBack } => "",
        { StreamId: null } => $"event {wrong.Sequence} ",
        _ => $"event {wrong.Sequence} ({wrong.StreamId}, version {wrong.Version}) ",
    };

    private static async Task<long> SequenceAsync(AuditRun run, string? given, bool first)
    {
        if (given is null)
            return first ? long.MinValue : long.MaxValue;
        if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return sequence;
        if (!DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            throw new AuditException($"{(first ? "--from" : "--to")} takes a sequence number or a time like 2024-03-01T12:00Z, was {given}");
        await using var command = run.Database.CreateCommand(first
            ? "select coalesce(min(seq_id), 9223372036854775807) from mt_events where timestamp >= $1" : "select coalesce(max(seq_id), 0) from mt_events where timestamp <= $1");
        command.Parameters.Add(new NpgsqlParameter { Value = time.UtcDateTime });
        return (long)(await command.ExecuteScalarAsync(run.Cancellation))!;
    }
}
