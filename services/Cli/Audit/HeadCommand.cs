using System.CommandLine;
using System.Globalization;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>The last checkpoint, and what waits behind it.</summary>
public static class HeadCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var command = new Command("head", "Shows the last checkpoint and how many events are not sealed yet.\nExample: trading audit head --json");
        options.Act(command, async run =>
        {
            var last = await SealedTree.LastAsync(run.Database, run.Cancellation);
            var waiting = await SealedTree.WaitingAsync(run.Database, run.Cancellation);
            if (run.Json)
                AuditRun.Print(new { last?.Checkpoint.Origin, Size = last?.Checkpoint.Size ?? 0, last?.Checkpoint.Root, last?.Checkpoint.At, Unsealed = waiting, last?.Note });
            else if (last is null)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"nothing is sealed yet, {waiting:N0} events wait"));
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{last.Checkpoint.Size:N0} events sealed at {last.Checkpoint.At:u}, {waiting:N0} not sealed yet\n\n{last.Note.TrimEnd()}"));
            return AuditOptions.Clean;
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
        var options = new AuditOptions();
        var anchor = new Option<string[]>("--anchor") { Description = "keep the checkpoint there too: folder (Trading:AnchorFolder) or s3 (Trading:AnchorBucket, a bucket with Object Lock); may be repeated; those of the settings when left out", HelpName = "name" };
        anchor.AcceptOnlyFromAmong([.. TradingSettings.KnownAnchors]);
        var next = new Option<FileInfo>("--next-key") { Description = "key file that seals from here on; this checkpoint is signed with both keys", HelpName = "file" };
        var command = new Command(
            "checkpoint",
            "Seals what is not sealed yet and prints the checkpoint. Needs the key that seals.\n"
            + "Example: trading audit checkpoint --anchor folder --set AnchorFolder=/mnt/auditor\n"
            + "Example: trading audit checkpoint --anchor s3 --set AnchorBucket=auditor-checkpoints --set AnchorRetentionDays=2555") { anchor, next };
        options.Act(command, async run =>
        {
            var settings = run.Parsed.GetValue(anchor) is { Length: > 0 } named ? run.Settings with { Anchors = [.. named.Distinct()] } : run.Settings;
            if (settings.Validate() is [var violation, ..])
                throw new AuditException(violation);
            var sealer = new Sealer(run.Database, await Seals.KeyAsync(run.Settings, Secrets.Store(run.Settings, TimeProvider.System), run.Cancellation), TimeProvider.System);
            await sealer.PrepareAsync(run.Cancellation);
            foreach (var place in Anchors.Of(settings))
                await AnchorCheck.CompareAsync(run.Database, place, run.Cancellation);
            var state = await sealer.SealAsync(run.Cancellation);
            for (var attempt = 1; state.Waiting > 0 && attempt < Attempts; attempt++)
            {
                await Task.Delay(Wait, run.Cancellation);
                state = await sealer.SealAsync(run.Cancellation);
            }
            var last = run.Parsed.GetValue(next) is { } file ? await sealer.RotateAsync(SealKey.Load(file.FullName), run.Cancellation) : state.Last;
            if (last is null)
                throw new AuditException("the journal is empty: there is nothing to make a checkpoint of");
            var kept = new List<string>();
            foreach (var place in Anchors.Of(settings))
                kept.Add(await place.KeepAsync(last, run.Cancellation));
            if (run.Json)
                AuditRun.Print(new { last.Checkpoint.Origin, last.Checkpoint.Size, last.Checkpoint.Root, last.Checkpoint.At, Unsealed = state.Waiting, Kept = kept, last.Note });
            else
                Console.Write(last.Note);
            foreach (var place in kept)
                Console.Error.WriteLine($"kept as {place}");
            if (state.Waiting > 0)
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trading: {state.Waiting:N0} events wait behind an append in flight and are not sealed yet"));
            return AuditOptions.Clean;
        });
        return command;
    }
}

/// <summary>Makes a key.</summary>
public static class KeyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<FileInfo>("file") { Description = "the key's file, which must not exist; its public half is written beside it with the ending .pub" };
        var json = new AuditOptions().Json;
        var command = new Command("key", "Makes a key that seals, readable for its owner only, and prints its public half.\nExample: trading audit key /etc/trading/seal.key") { file, json };
        command.SetAction((parsed, _) => AuditOptions.GuardAsync(() =>
        {
            var path = parsed.GetValue(file)!.FullName;
            if (File.Exists(path))
                throw new AuditException($"{path} exists; nothing is overwritten");
            var made = SealKey.Create(path).Public;
            if (parsed.GetValue(json))
                AuditRun.Print(new { File = path, PublicFile = SealKey.PublicFile(path), PublicKey = $"{made}" });
            else
                Console.WriteLine(made);
            return Task.FromResult(AuditOptions.Clean);
        }));
        return command;
    }
}
