using System.CommandLine;
using System.Globalization;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;

namespace Trading.Cli.Audit;

/// <summary>Proves that an event was sealed.</summary>
public static class ProveCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var name = new Argument<string>("event") { Description = "its sequence number, or stream and version: account-main/3" };
        var command = new Command(
            "prove", "Prints an event with the proof that the last checkpoint covers it, as JSON; docs/audit-format.md "
            + "says how it is checked by hand.\n"
            + "Example: trading audit prove account-main/3 > proof.json\n"
            + "Example: trading audit verify --proof proof.json --public-key seal.key.pub") { name };
        options.Act(command, async run =>
        {
            var given = run.Parsed.GetValue(name)!;
            var found = await SealedTree.FindAsync(run.Database, given, run.Cancellation)
                ?? throw new CommandException($"no sealed event is {given}");
            var last = await SealedTree.LastAsync(run.Database, run.Cancellation) ?? throw new CommandException("nothing is sealed yet");
            var size = last.Checkpoint.Size;
            var tree = await CommandProgress.RunAsync("leaves", size, run.Json,
                progress => SealedTree.LoadAsync(run.Database, size, progress, run.Cancellation));
            var lines = new List<string>();
            await foreach (var line in Bundle.EventsAsync(run.Database, new BundleRange(found.Sequence, found.Sequence, null),
                tree, size, run.Cancellation))
                lines.Add(line);
            if (lines.Count == 0)
                throw new SealException($"event {found.Sequence} was sealed and is gone: trading audit verify says more");
            Console.WriteLine(Bundle.Proof(lines[0], last, found.Leaf));
            var wrong = Bundle.Check(lines[0], last.Checkpoint, out _);
            if (wrong is not null)
                Console.Error.WriteLine($"trading: event {found.Sequence} is not proved: {wrong}");
            return wrong is null ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }
}

/// <summary>Proves that one checkpoint is the beginning of another.</summary>
public static class ConsistencyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var older = new Argument<string>("old") { Description = "the smaller checkpoint: its file, or its number of events" };
        var newer = new Argument<string>("new") { Description = "the larger checkpoint: its file, or its number of events" };
        var keys = new Option<string[]>("--public-key")
        {
            Description = "public key of the sealer, or its file, that both must be signed with; may be repeated; "
                + "signatures are not checked by default",
            HelpName = "key"
        };
        var command = new Command(
            "consistency", "Proves that a checkpoint is the beginning of a later one: nothing that it covered was changed since.\nExample: "
                + "trading audit consistency monday.checkpoint friday.checkpoint --public-key seal.key.pub") { older, newer, keys };
        options.Act(command, async run =>
        {
            var (old, latest) = (await ReadAsync(run, run.Parsed.GetValue(older)!), await ReadAsync(run, run.Parsed.GetValue(newer)!));
            if (old.Checkpoint.Size > latest.Checkpoint.Size)
                throw new CommandException(
                    $"the first checkpoint has {old.Checkpoint.Size} events, more than the second's {latest.Checkpoint.Size}");
            var trusted = VerifyCommand.Keys(run.Parsed.GetValue(keys));
            foreach (var each in new[] { old, latest })
            {
                if (trusted.Count > 0 && !each.SignedBy(trusted))
                    throw new SealException($"the checkpoint of {each.Checkpoint.Size} events is not signed by the given key");
            }
            var (oldSize, newSize) = (old.Checkpoint.Size, latest.Checkpoint.Size);
            var tree = await CommandProgress.RunAsync("leaves", newSize, run.Json,
                progress => SealedTree.LoadAsync(run.Database, newSize, progress, run.Cancellation));
            IReadOnlyList<byte[]> proof = tree.Size < newSize ? [] : tree.Consistency(oldSize, newSize);
            var holds = old.Checkpoint.Origin == latest.Checkpoint.Origin && tree.Size == newSize
                && MerkleTree.VerifyConsistency(oldSize, old.Checkpoint.Root, newSize, latest.Checkpoint.Root, proof);
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        OldSize = oldSize,
                        OldRoot = old.Checkpoint.Root,
                        NewSize = newSize,
                        NewRoot = latest.Checkpoint.Root,
                        Proof = proof,
                        SignaturesChecked = trusted.Count > 0,
                        Consistent = holds
                    });
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the checkpoint of {oldSize:N0} events "
                    + $"is {(holds ? "" : "NOT ")}the beginning of that of {newSize:N0}{(holds ? $": proved by {proof.Count} hashes" : "")}"
                    + $"{(trusted.Count > 0 ? "" : "; signatures were not checked (--public-key)")}"));
            return holds ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }

    private static async Task<SignedCheckpoint> ReadAsync(JournalRun run, string given)
    {
        if (File.Exists(given))
            return SignedCheckpoint.Load(given);
        if (!long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            throw new CommandException($"{given} is neither a file nor a number of events");
        return await SealedTree.CheckpointAsync(run.Database, size, run.Cancellation)
            ?? throw new CommandException($"the journal has no checkpoint of {size} events");
    }
}
