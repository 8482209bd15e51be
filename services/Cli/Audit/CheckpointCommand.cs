using System.CommandLine;
using System.Globalization;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Cli.Audit;

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
