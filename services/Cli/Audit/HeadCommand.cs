using System.CommandLine;
using System.Globalization;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Cli.Audit;

/// <summary>The last checkpoint, and what waits behind it.</summary>
public static class HeadCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var command = new Command("head",
            "Shows the last checkpoint and how many events are not sealed yet.\nExample: trading audit head --json");
        options.Act(command, async run =>
        {
            var last = await SealedTree.LastAsync(run.Database, run.Cancellation) is { } found
                ? await StoredCosignatures.WithAsync(run.Database, found, run.Cancellation) : null;
            var waiting = await SealedTree.WaitingAsync(run.Database, run.Cancellation);
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        last?.Checkpoint.Origin,
                        Size = last?.Checkpoint.Size ?? 0,
                        last?.Checkpoint.Root,
                        last?.Checkpoint.At,
                        Unsealed = waiting,
                        Note = last?.Cosigned
                    });
            else if (last is null)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"nothing is sealed yet, {waiting:N0} events wait"));
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{last.Checkpoint.Size:N0} events sealed at "
                    + $"{last.Checkpoint.At:u}, {waiting:N0} not sealed yet\n\n{last.Cosigned.TrimEnd()}"));
            return JournalOptions.Clean;
        });
        return command;
    }
}

/// <summary>Seals now, and keeps the checkpoint elsewhere.</summary>
public static class CheckpointCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);
    private const int Attempts = 50;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var anchor = new Option<string[]>("--anchor")
        {
            Description = "keep the checkpoint there too: folder (Trading:AnchorFolder) or s3 (Trading:AnchorBucket, a bucket with Object "
                + "Lock); may be repeated; those of the settings by default",
            HelpName = "name"
        };
        anchor.AcceptOnlyFromAmong([.. TradingSettings.KnownAnchors]);
        var isNew = new Option<bool>("--new-anchor")
        {
            Description = "set the anchors up for this journal, which is sealed already: once. Without it, a place that was not set up is "
                + "an error, since it is another one or was emptied"
        };
        var next = new Option<FileInfo>("--next-key")
        { Description = "key file that seals from here on; this checkpoint is signed with both keys", HelpName = "file" };
        var command = new Command(
            "checkpoint",
            "Seals what is not sealed yet and prints the checkpoint. Needs the key that seals.\n"
            + "Example: trading audit checkpoint --anchor folder --new-anchor --set AnchorFolder=/mnt/auditor\n"
            + "Example: trading audit checkpoint --anchor s3 --set AnchorBucket=auditor-checkpoints --set AnchorRetentionDays=2555")
        { anchor, isNew, next };
        options.Act(command, async run =>
        {
            var settings = run.Parsed.GetValue(anchor) is { Length: > 0 } named
                ? run.Settings with { Anchors = [.. named.Distinct()] } : run.Settings;
            if (settings.Validate() is [var violation, ..])
                throw new CommandException(violation);
            var key = await SealKeys.KeyAsync(run.Settings, SecretStores.Store(run.Settings, TimeProvider.System), run.Cancellation);
            var places = AnchorChoice.Of(settings);
            var sealer = new Sealer(run.Database, key, TimeProvider.System,
                await AnchorSetup.RunAsync(run.Database, places, Identity(run), run.Parsed.GetValue(isNew), run.Cancellation));
            await sealer.PrepareAsync(run.Cancellation);
            foreach (var place in places)
            {
                foreach (var unreadable in await AnchorCheck.CompareAsync(
                    run.Database, place, run.Parsed.GetValue(isNew), TimeProvider.System.GetUtcNow(), run.Cancellation))
                    Console.Error.WriteLine($"trading: {unreadable}");
            }
            var state = await sealer.SealAsync(run.Cancellation);
            for (var attempt = 1; state.Waiting > 0 && attempt < Attempts; attempt++)
            {
                await Task.Delay(Wait, run.Cancellation);
                state = await sealer.SealAsync(run.Cancellation);
            }
            var last = run.Parsed.GetValue(next) is { } file
                ? await sealer.RotateAsync(SealKey.Load(file.FullName), run.Cancellation) : state.Last;
            if (last is null)
                throw new CommandException("the journal is empty: there is nothing to make a checkpoint of");
            var kept = new List<string>();
            foreach (var place in places)
                kept.Add(await place.KeepAsync(last, run.Cancellation));
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        last.Checkpoint.Origin,
                        last.Checkpoint.Size,
                        last.Checkpoint.Root,
                        last.Checkpoint.At,
                        Unsealed = state.Waiting,
                        Kept = kept,
                        last.Note
                    });
            else
                Console.Write(last.Note);
            foreach (var place in kept)
                Console.Error.WriteLine($"kept as {place}");
            if (state.Waiting > 0)
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"trading: {state.Waiting:N0} events wait behind an append in flight and are not sealed yet"));
            return JournalOptions.Clean;
        });
        return command;
    }

    /// <summary>Which journal the settings, or the file beside the key, say that this is; null when nothing is known.</summary>
    internal static JournalIdentity? Identity(JournalRun run) =>
        JournalIdentities.Of(run.Settings, new NpgsqlConnectionStringBuilder(run.ConnectionString).Database!);
}

/// <summary>Makes a key.</summary>
public static class KeyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        { Description = "the key's file, which must not exist; its public half is written beside it with the ending .pub" };
        var keep = new Option<bool>("--keep")
        { Description = "a key that is there already stays, and is no error: for a container that prepares a volume at each start" };
        var writer = new Option<bool>("--writer")
        { Description = "a key with which programs mark the events that they write, in place of one that seals; it has no public half" };
        var json = new JournalOptions().Json;
        var command = new Command("key", "Makes a key that seals, readable for its owner only, and prints its public half.\n"
            + "Example: trading audit key /etc/trading/seal.key\n"
            + "Example: trading audit key --writer /etc/trading/writer.key") { file, keep, writer, json };
        command.SetAction((parsed, _) => JournalOptions.GuardAsync(() =>
        {
            var path = parsed.GetValue(file)!.FullName;
            if (File.Exists(path) && !parsed.GetValue(keep))
                throw new CommandException($"{path} exists; nothing is overwritten");
            if (parsed.GetValue(writer))
            {
                WriterKey.LoadOrCreate(path);
                if (parsed.GetValue(json))
                    JournalRun.Print(new { File = path });
                else
                    Console.WriteLine($"{path}: the same file, or a secret with its line, for every program that writes to the journal");
                return Task.FromResult(JournalOptions.Clean);
            }
            var made = SealKey.LoadOrCreate(path).Public;
            if (parsed.GetValue(json))
                JournalRun.Print(new { File = path, PublicFile = SealKey.PublicFile(path), PublicKey = $"{made}" });
            else
                Console.WriteLine(made);
            return Task.FromResult(JournalOptions.Clean);
        }));
        return command;
    }
}
