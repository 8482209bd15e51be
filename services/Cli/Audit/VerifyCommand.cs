using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Segments;
using Trading.Journal.Witnesses;

namespace Trading.Cli.Audit;

/// <summary>Whether the journal, or a bundle that was exported from one, is what was sealed.</summary>
public static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var from = new Option<string>("--from")
        { Description = "first event that is recomputed: a sequence number, or a time (UTC)", HelpName = "event" };
        var to = new Option<string>("--to")
        { Description = "last event that is recomputed: a sequence number, or a time (UTC)", HelpName = "event" };
        var checkpoints = new Option<string[]>("--checkpoint")
        { Description = "checkpoint that was kept elsewhere, or a folder of them; may be repeated", HelpName = "file" };
        var anchors = new Option<string[]>("--anchor")
        {
            Description = "compare with the checkpoints that are kept there: folder (Trading:AnchorFolder) or s3 (Trading:AnchorBucket); "
                + "may be repeated; those of the settings by default",
            HelpName = "name"
        };
        anchors.AcceptOnlyFromAmong([.. TradingSettings.KnownAnchors]);
        var bundle = new Option<FileInfo>("--bundle")
        { Description = "exported bundle or segment to verify in place of a journal: needs no database", HelpName = "file" };
        var proof = new Option<FileInfo>("--proof")
        {
            Description = "proof of one event, by trading audit prove, to verify in place of a journal: needs no database",
            HelpName = "file"
        };
        var keys = new Option<string[]>("--public-key")
        { Description = "public key of the sealer, or its file; may be repeated; that of the settings by default", HelpName = "key" };
        var witnesses = new Option<string[]>("--witness")
        {
            Description = "public key of a witness, or its file; may be repeated; those of the settings by default",
            HelpName = "key"
        };
        var quorum = new Option<int?>("--witness-quorum")
        {
            Description = "how many of the witnesses must have cosigned a checkpoint; more than half, or Trading:WitnessQuorum, when "
                + "left out",
            HelpName = "number"
        };
        var command = new Command(
            "verify",
            "Recomputes every sealed event from its stored row, the tree from them, and compares both with the signed checkpoints; "
            + "names what is wrong, the earliest first.\n"
            + "Example: trading audit verify --checkpoint /mnt/auditor/live --public-key seal.key.pub\n"
            + "Example: trading audit verify --anchor s3 --set AnchorBucket=auditor-checkpoints --public-key seal.key.pub\n"
            + "Example: trading audit verify --bundle trade.ndjson --public-key seal.key.pub")
        { from, to, checkpoints, anchors, bundle, proof, keys, witnesses, quorum };
        command.Validators.Add(given =>
        {
            if (given.GetValue(bundle) is not null && given.GetValue(proof) is not null)
                given.AddError("verify takes either --bundle or --proof");
        });
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(() =>
        {
            if ((parsed.GetValue(bundle) ?? parsed.GetValue(proof)) is { } file)
                return VerifyFileAsync(file, parsed.GetValue(proof) is not null, Keys(parsed.GetValue(keys)),
                    Demand(new(), parsed.GetValue(witnesses) ?? [], parsed.GetValue(quorum)), parsed.GetValue(options.Json), cancellation);
            return options.OnJournalAsync(parsed, run => VerifyJournalAsync(run, parsed.GetValue(from), parsed.GetValue(to),
                parsed.GetValue(checkpoints) ?? [], parsed.GetValue(anchors) ?? [], Keys(parsed.GetValue(keys)),
                Demand(run.Settings, parsed.GetValue(witnesses) ?? [], parsed.GetValue(quorum))), cancellation);
        }));
        return command;
    }

    internal static IReadOnlyList<VerifierKey> Keys(string[]? given) => [.. (given ?? []).Select(VerifierKey.Read)];

    private static X509Certificate2Collection Roots(TradingSettings settings)
    {
        try
        {
            return TimeStamping.Roots(settings);
        }
        catch (TimeStampException unreadable)
        {
            throw new CommandException(unreadable.Message);
        }
    }

    // Anyone who names no witness, here or in the settings, demands none.
    private static WitnessQuorum? Demand(TradingSettings settings, string[] given, int? needed)
    {
        IReadOnlyList<WitnessKey> witnesses = given.Length > 0 ? [.. given.Select(WitnessKey.Read).Distinct()]
            : [.. WitnessAddress.Of(settings).Select(witness => witness.Key)];
        if (needed is { } number && (number < 1 || number > witnesses.Count))
            throw new CommandException($"--witness-quorum is 1 to the number of witnesses, {witnesses.Count}; was {number}");
        return witnesses.Count == 0 ? null : new(witnesses,
            needed ?? (given.Length > 0 ? WitnessQuorum.Majority(witnesses.Count) : WitnessAddress.Quorum(settings)),
            TimeSpan.FromSeconds(2 * settings.WitnessIntervalSeconds + settings.AlertSealLagSeconds));
    }

    private static async Task<int> VerifyFileAsync(FileInfo file, bool isProof, IReadOnlyList<VerifierKey> keys, WitnessQuorum? quorum,
        bool json, CancellationToken cancellation)
    {
        if (keys.Count == 0)
            throw new CommandException("a bundle or a proof is verified with the sealer's public key and nothing else: --public-key");
        if (!file.Exists)
            throw new CommandException($"{file.FullName} does not exist");
        var result = isProof ? await Bundle.VerifyProofAsync(file.FullName, keys, cancellation)
            : Segment.Is(file.FullName) ? await Segment.VerifyAsync(file.FullName, keys, cancellation)
            : CsvBundle.Is(file.FullName) ? await CsvBundle.VerifyAsync(file.FullName, keys, cancellation)
            : await Bundle.VerifyAsync(file.FullName, keys, cancellation);
        if (quorum is not null && result is { Wrong: null, Checkpoint: { } said }
            && quorum.Count(said, result.Cosignatures ?? []) is var signed && signed < quorum.Needed)
            result = result with
            {
                Wrong = $"{signed} of {quorum.Keys.Count} witnesses have cosigned its checkpoint, {quorum.Needed} must"
            };
        if (json)
            JournalRun.Print(result);
        else if (result.Wrong is null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Words.Count(result.Events, "event")} as sealed{Which(result)}, by the checkpoint of "
                + $"{Words.Count(result.Checkpoint!.Size, "event")} from {result.Checkpoint.At:u} of {result.Checkpoint.Origin}"));
        else
            Console.WriteLine($"WRONG: {result.Wrong}");
        return result.Wrong is null ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }

    // A bundle says nothing about what is before its first event and behind its last: which these are is for the reader to see.
    private static string Which(BundleVerification result) => result switch
    {
        { Trade: { } trade } => $", trade {trade} and bookings of it",
        { First: { } first, Last: { } last } when last.Number - first.Number + 1 == result.Events && result.Events > 1 =>
            string.Create(CultureInfo.InvariantCulture, $", all from event {first.Sequence} to event {last.Sequence}"),
        { First: { } first, Last: { } last } when result.Events > 1 =>
            string.Create(CultureInfo.InvariantCulture, $", versions {first.Version} to {last.Version} of {first.StreamId}"),
        { First: { } only } =>
            string.Create(CultureInfo.InvariantCulture, $", event {only.Sequence} ({only.StreamId}, version {only.Version})"),
        _ => "",
    };

    private static async Task<int> VerifyJournalAsync(JournalRun run, string? from, string? to, string[] outside, string[] anchors,
        IReadOnlyList<VerifierKey> keys, WitnessQuorum? quorum)
    {
        if (keys.Count == 0)
            keys = [await SealKeys.PublicKeyAsync(run.Settings, SecretStores.Store(run.Settings, TimeProvider.System), run.Cancellation)
                ?? throw new CommandException(
                    "verifying needs the sealer's public key: --public-key, Trading:SealKeyFile or Trading:SealKeySecret")];
        var last = await LastAsync(run);
        var kept = outside.Select(FolderAnchor.Load).ToList();
        var (found, faults) = await AnchorReading.ReadAsync(
            AnchorChoice.Of(anchors.Length > 0 ? Valid(run.Settings with { Anchors = [.. anchors.Distinct()] }) : run.Settings),
            new NpgsqlConnectionStringBuilder(run.ConnectionString).Database!, last?.Checkpoint, run.Cancellation);
        kept.Add(found);
        var all = KeptCheckpoints.Of(kept);
        var witnessed = quorum is null ? null : await quorum.FindAsync(run.Database, all.Checkpoints, run.Cancellation);
        var (stamps, stamp, badStamps) = await TimeStamp.CheckAllAsync(run.Database, Roots(run.Settings), run.Cancellation);
        var range = new VerifyRange(keys, all.Checkpoints, from is null ? long.MinValue : await EventRange.FirstAsync(run, from),
            to is null ? long.MaxValue : await EventRange.LastAsync(run, to),
            Verifier.DefaultPatience + TimeSpan.FromSeconds(2 * run.Settings.SealIntervalSeconds),
            CheckpointCommand.Identity(run)?.Id, [.. faults, .. witnessed?.Wrong ?? [], .. badStamps, .. all.Unreadable],
            await WriterKeys.KeyAsync(run.Settings, SecretStores.Store(run.Settings, TimeProvider.System), creates: false,
                run.Cancellation));
        var verified = await CommandProgress.RunAsync(
            "events", last?.Checkpoint.Size ?? 0, run.Json,
            progress => Verifier.VerifyAsync(run.Database, range, progress, run.Cancellation));
        if (run.Json)
            Print(verified, witnessed, stamps, stamp);
        else
            Say(verified, witnessed, stamp);
        return verified.Clean ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }

    // One that cannot be read is the verifier's to name, behind what is wrong before it.
    private static async Task<SignedCheckpoint?> LastAsync(JournalRun run)
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

    private static TradingSettings Valid(TradingSettings settings) =>
        settings.Validate() is [var violation, ..] ? throw new CommandException(violation) : settings;

    private static void Print(Verification verified, QuorumFound? witnessed, int stamps, TimeStamp? stamp)
    {
        var json = JsonSerializer.SerializeToNode(verified, JournalRun.Indented)!.AsObject();
        if (witnessed is not null)
            json["witnessed"] = JsonSerializer.SerializeToNode(
                new { witnessed.Witnesses, witnessed.Of, witnessed.Checkpoint?.Size, witnessed.Checkpoint?.At }, JournalRun.Indented);
        if (stamp is not null)
            json["timeStamped"] = JsonSerializer.SerializeToNode(
                new { Count = stamps, stamp.Size, stamp.At, stamp.By }, JournalRun.Indented);
        JournalRun.Print(json);
    }

    private static void Say(Verification verified, QuorumFound? witnessed, TimeStamp? stamp)
    {
        foreach (var wrong in verified.First)
            Line($"WRONG: {Place(wrong)}{wrong.Detail}{(wrong.Sequence is null ? "" : $" ({wrong.Kind.ToString().ToLowerInvariant()})")}");
        if (verified.Wrongs > verified.First.Count)
            Line($"and {verified.Wrongs - verified.First.Count:N0} more");
        var archived = verified.Archived > 0 ? Words.Text($"{verified.Archived:N0} archived, ") : "";
        var kept = verified.Kept > 0 ? Words.Text($", compared with {verified.Kept:N0} kept elsewhere") : "";
        var checkpoints = Words.Count(verified.Checkpoints, "checkpoint");
        Console.WriteLine(Words.Text($"{Words.Count(verified.Events, "event")} recomputed, {verified.Sealed:N0} sealed, {archived}")
            + Words.Text($"{verified.Unsealed:N0} not sealed yet, {checkpoints}{kept}"));
        var at = verified.Holds is not { } held ? ""
            : Words.Text($"the checkpoint of {Words.Count(held.Size, "event")} from {held.At:u}, ")
                + $"root {Convert.ToBase64String(held.Root)}";
        if (verified is { Clean: true, Holds: not null })
            Line($"everything is as it was sealed by {at}");
        else if (verified.Holds is not null)
            Line($"up to {at}, everything is as it was sealed");
        else
            Line($"{(verified.Clean ? "there is nothing to verify" : "no checkpoint holds")}");
        if (witnessed is { Checkpoint: { } seen })
        {
            var size = Words.Count(seen.Size, "event");
            Line($"{witnessed.Witnesses} of {witnessed.Of} witnesses have cosigned that of {size} from {seen.At:u}");
        }

        if (stamp is not null)
            Line($"the checkpoint of {Words.Count(stamp.Size, "event")} was there at {stamp.At:u}, says {stamp.By}");

        static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }

    private static string Place(Wrong wrong) => wrong switch
    {
        { Sequence: null } or { Kind: WrongKind.Checkpoint or WrongKind.Tree or WrongKind.RolledBack } => "",
        { StreamId: null } => $"event {wrong.Sequence} ",
        _ => $"event {wrong.Sequence} ({wrong.StreamId}, version {wrong.Version}) ",
    };
}
