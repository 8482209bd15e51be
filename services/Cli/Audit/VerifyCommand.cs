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
        var anchors = new Option<string[]>("--anchor") { Description = "compare with the checkpoints that are kept there: folder (Trading:AnchorFolder) or s3 (Trading:AnchorBucket); may be repeated; those of the settings when left out", HelpName = "name" };
        anchors.AcceptOnlyFromAmong([.. TradingSettings.KnownAnchors]);
        var bundle = new Option<FileInfo>("--bundle") { Description = "exported bundle to verify in place of a journal: needs no database", HelpName = "file" };
        var proof = new Option<FileInfo>("--proof") { Description = "proof of one event, by trading audit prove, to verify in place of a journal: needs no database", HelpName = "file" };
        var keys = new Option<string[]>("--public-key") { Description = "public key of the sealer, or its file; may be repeated; that of the settings when left out", HelpName = "key" };
        var command = new Command(
            "verify",
            "Recomputes every sealed event from its stored row, the tree from them, and compares both with the signed checkpoints; names what is wrong, the first first.\n"
            + "Example: trading audit verify --checkpoint /mnt/auditor/live --public-key seal.key.pub\n"
            + "Example: trading audit verify --anchor s3 --set AnchorBucket=auditor-checkpoints --public-key seal.key.pub\n"
            + "Example: trading audit verify --bundle trade.ndjson --public-key seal.key.pub") { from, to, checkpoints, anchors, bundle, proof, keys };
        command.Validators.Add(given =>
        {
            if (given.GetValue(bundle) is not null && given.GetValue(proof) is not null)
                given.AddError("verify takes either --bundle or --proof");
        });
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => AuditOptions.GuardAsync(() =>
        {
            if ((parsed.GetValue(bundle) ?? parsed.GetValue(proof)) is { } file)
                return VerifyFileAsync(file, parsed.GetValue(proof) is not null, Keys(parsed.GetValue(keys)), parsed.GetValue(options.Json), cancellation);
            return options.OnJournalAsync(parsed, run => VerifyJournalAsync(run, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(checkpoints) ?? [], parsed.GetValue(anchors) ?? [], Keys(parsed.GetValue(keys))), cancellation);
        }));
        return command;
    }

    internal static IReadOnlyList<VerifierKey> Keys(string[]? given) => [.. (given ?? []).Select(VerifierKey.Read)];

    private static async Task<int> VerifyFileAsync(FileInfo file, bool isProof, IReadOnlyList<VerifierKey> keys, bool json, CancellationToken cancellation)
    {
        if (keys.Count == 0)
            throw new AuditException("a bundle or a proof is verified with the sealer's public key and nothing else: --public-key");
        if (!file.Exists)
            throw new AuditException($"{file.FullName} does not exist");
        var result = isProof ? await Bundle.VerifyProofAsync(file.FullName, keys, cancellation)
            : CsvBundle.Is(file.FullName) ? await CsvBundle.VerifyAsync(file.FullName, keys, cancellation) : await Bundle.VerifyAsync(file.FullName, keys, cancellation);
        if (json)
            AuditRun.Print(result);
        else if (result.Wrong is null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Words.Count(result.Events, "event")} as sealed{Which(result)}, by the checkpoint of {Words.Count(result.Checkpoint!.Size, "event")} from {result.Checkpoint.At:u} of {result.Checkpoint.Origin}"));
        else
            Console.WriteLine($"WRONG: {result.Wrong}");
        return result.Wrong is null ? AuditOptions.Clean : AuditOptions.FoundWrong;
    }

    // A bundle says nothing about what is before its first event and behind its last: which these are is for the reader to see.
    private static string Which(BundleVerification result) => result switch
    {
        { First: { } first, Last: { } last } when last.Number - first.Number + 1 == result.Events && result.Events > 1 => string.Create(CultureInfo.InvariantCulture, $", all from event {first.Sequence} to event {last.Sequence}"),
        { First: { } first, Last: { } last } when result.Events > 1 => string.Create(CultureInfo.InvariantCulture, $", versions {first.Version} to {last.Version} of {first.StreamId}"),
        { First: { } only } => string.Create(CultureInfo.InvariantCulture, $", event {only.Sequence} ({only.StreamId}, version {only.Version})"),
        _ => "",
    };

    private static async Task<int> VerifyJournalAsync(AuditRun run, string? from, string? to, string[] outside, string[] anchors, IReadOnlyList<VerifierKey> keys)
    {
        if (keys.Count == 0)
            keys = [await Seals.PublicKeyAsync(run.Settings, Secrets.Store(run.Settings, TimeProvider.System), run.Cancellation) ?? throw new AuditException("verifying needs the sealer's public key: --public-key, Trading:SealKeyFile or Trading:SealKeySecret")];
        var last = await LastAsync(run);
        var kept = outside.SelectMany(FolderAnchor.Load).ToList();
        foreach (var anchor in Anchors.Of(anchors.Length > 0 ? Valid(run.Settings with { Anchors = [.. anchors.Distinct()] }) : run.Settings))
        {
            // Of a journal without a seal the name of its database is left.
            var found = await anchor.KeptAsync(last?.Checkpoint.Origin ?? Sealer.Origin(new NpgsqlConnectionStringBuilder(run.ConnectionString).Database!, []), run.Cancellation);
            if (anchors.Length > 0 && found.Count == 0)
                throw new AuditException($"no checkpoint of this journal is kept in {anchor.Name}");
            kept.AddRange(found);
        }
        var range = new VerifyRange(keys, kept, from is null ? long.MinValue : await AuditRange.FirstAsync(run, from), to is null ? long.MaxValue : await AuditRange.LastAsync(run, to),
            Verifier.DefaultPatience + TimeSpan.FromSeconds(2 * run.Settings.SealIntervalSeconds));
        var verified = await AuditProgress.RunAsync(
            "events", last?.Checkpoint.Size ?? 0, run.Json, progress => Verifier.VerifyAsync(run.Database, range, progress, run.Cancellation));
        if (run.Json)
            AuditRun.Print(verified);
        else
            Print(verified);
        return verified.Clean ? AuditOptions.Clean : AuditOptions.FoundWrong;
    }

    // One that cannot be read is the verifier's to name, behind what is wrong before it.
    private static async Task<SignedCheckpoint?> LastAsync(AuditRun run)
    {
        try
        {
            return await SealedTree.LastAsync(run.Database, run.Cancellation);
        }
        catch (SealException)
        {
            return null;
        }
    }

    private static TradingSettings Valid(TradingSettings settings) => settings.Validate() is [var violation, ..] ? throw new AuditException(violation) : settings;

    private static void Print(Verification verified)
    {
        foreach (var wrong in verified.First)
            Line($"WRONG: {Place(wrong)}{wrong.Detail}{(wrong.Sequence is null ? "" : $" ({wrong.Kind.ToString().ToLowerInvariant()})")}");
        if (verified.Wrongs > verified.First.Count)
            Line($"and {verified.Wrongs - verified.First.Count:N0} more");
        Line($"{Words.Count(verified.Events, "event")} recomputed, {verified.Sealed:N0} sealed, {verified.Unsealed:N0} not sealed yet, {Words.Count(verified.Checkpoints, "checkpoint")}");
        if (verified is { Clean: true, Holds: { } whole })
            Line($"everything is as it was sealed by the checkpoint of {Words.Count(whole.Size, "event")} from {whole.At:u}, root {Convert.ToBase64String(whole.Root)}");
        else if (verified.Holds is { } holds)
            Line($"up to the checkpoint of {Words.Count(holds.Size, "event")} from {holds.At:u}, root {Convert.ToBase64String(holds.Root)}, everything is as it was sealed");
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
}
