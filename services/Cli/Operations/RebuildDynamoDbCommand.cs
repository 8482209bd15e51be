using System.CommandLine;
using Trading.Aws;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Cli.Operations;

/// <summary>Writes the trade history table again from the journal, or compares it.</summary>
public static class RebuildDynamoDbCommand
{
    private const int Shown = 20;
    private const int RowsAtOnce = 1000;

    /// <summary>The group with its one command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var compare = new Option<bool>("--compare") { Description = "change nothing; end with code 1 when table and journal differ" };
        var command = new Command(
            "dynamodb",
            "Writes every ended trade of the journal to Trading:DynamoDbTradeTable; with --compare it only shows how the two differ. "
            + "Trades that the journal does not know are named and left.\n"
            + "Example: trading rebuild dynamodb --compare") { compare };
        options.Act(command, async run =>
        {
            using var table = new DynamoDbTrades(new AwsPlace(run.Settings.AwsRegion, run.Settings.DynamoDbUrl),
                run.Settings.DynamoDbTradeTable, run.Settings.CreateStores);
            try
            {
                return run.Parsed.GetValue(compare) ? await CompareAsync(run, table) : await RebuildAsync(run, table);
            }
            catch (Exception failure) when (AwsFailure.Reason(failure, run.Cancellation) is { } reason)
            {
                throw new CommandException($"DynamoDB at {run.Settings.DynamoDbUrl ?? run.Settings.AwsRegion} says: {reason}");
            }
        });
        return new("rebuild",
            "Writes what is derived from the journal again. Exit codes: 0 done, 1 it differs, 2 could not run.") { command };
    }

    private static async Task<int> RebuildAsync(JournalRun run, DynamoDbTrades table)
    {
        var total = await JournalReader.CountAsync(run.Database, 0, long.MaxValue, run.Cancellation);
        var written = await CommandProgress.RunAsync("events", total, run.Json, async progress =>
        {
            var count = 0L;
            await foreach (var rows in EndedAsync(run, progress).Chunk(RowsAtOnce))
            {
                await table.PutAsync(rows, run.Cancellation);
                count += rows.Length;
            }
            return count;
        });
        if (run.Json)
            JournalRun.Print(new { Table = run.Settings.DynamoDbTradeTable, Trades = written });
        else
            Console.WriteLine(Words.Text($"{written:N0} trades written to {run.Settings.DynamoDbTradeTable}"));
        return JournalOptions.Clean;
    }

    private static async Task<int> CompareAsync(JournalRun run, DynamoDbTrades table)
    {
        var stored = new Dictionary<(Guid, long), TradeRow>();
        await foreach (var row in table.ReadAsync(run.Cancellation))
            stored[(row.TradeId, row.UnixSeconds)] = row;
        var (trades, differences) = (0L, new List<string>());
        var total = await JournalReader.CountAsync(run.Database, 0, long.MaxValue, run.Cancellation);
        await CommandProgress.RunAsync("events", total, run.Json, async progress =>
        {
            await foreach (var row in EndedAsync(run, progress))
            {
                trades++;
                if (!stored.Remove((row.TradeId, row.UnixSeconds), out var there))
                    differences.Add($"{row.TradeId} is missing in the table");
                else if (there != row)
                    differences.Add($"{row.TradeId} is in the table as {Describe(there)}, the journal makes it {Describe(row)}");
            }
            return 0;
        });
        differences.AddRange(
            stored.Values.Select(row => $"{row.TradeId} at {DateTimeOffset.FromUnixTimeSeconds(row.UnixSeconds):u} is not in the journal"));
        if (run.Json)
            JournalRun.Print(new { Table = run.Settings.DynamoDbTradeTable, Trades = trades, Differences = differences });
        else
        {
            foreach (var difference in differences.Take(Shown))
                Console.WriteLine(difference);
            if (differences.Count > Shown)
                Console.WriteLine(Words.Text($"and {differences.Count - Shown:N0} more"));
            Console.WriteLine(Words.Text($"{trades:N0} trades compared, {differences.Count:N0} differences"));
        }
        return differences.Count == 0 ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }

    // Trades that have not ended are held until they do; they are few at any time.
    private static async IAsyncEnumerable<TradeRow> EndedAsync(JournalRun run, IProgress<long> progress)
    {
        var (open, read) = (new Dictionary<string, Trade>(), 0L);
        await foreach (var batch in JournalReader.EventsAsync(run.Database, cancellation: run.Cancellation))
        {
            foreach (var happened in batch.Where(happened => happened.Event is ITradeEvent))
            {
                var trade = Trade.Evolve(open.GetValueOrDefault(happened.StreamId), (ITradeEvent)happened.Event);
                if (trade.Executed() is { } executed)
                    yield return TradeRow.Of(executed);
                // A hold or a refusal ends with its assessment.
                if (trade.Execution is not null || trade.Assessment is { Order: null })
                    open.Remove(happened.StreamId);
                else
                    open[happened.StreamId] = trade;
            }
            progress.Report(read += batch.Count);
        }
    }

    private static string Describe(TradeRow row) => Words.Text($"{row.Action} {Words.Exact(row.Amount)} at {Words.Exact(row.Price)}, ")
        + Words.Text($"predicted {row.PredictedPrice}, {row.Status}{(row.Simulated ? ", simulated" : "")}");
}
