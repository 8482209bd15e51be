using System.CommandLine;
using System.Globalization;
using Trading.Cli.Shared;
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
