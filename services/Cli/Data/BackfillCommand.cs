using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Services;

namespace Trading.Cli.Data;

/// <summary>Fills gaps from the exchanges' candles.</summary>
public static class BackfillCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new DataOptions();
        var command = new Command(
            "backfill",
            "Fills the gaps of the history from the candles of Binance and Coinbase, those of them that Trading:Sources names; "
            + "prices that are there stay as they are.\nExample: trading data backfill --from 2024-03-01");
        options.Act(command, creates: true, async run =>
        {
            var backfill = new Backfill(run.History, run.Settings.Candles(TimeProvider.System), NullLogger<Backfill>.Instance, run.Journal);
            var (from, to) = (run.FromUnixSeconds, run.ToUnixSeconds);
            var total = PriceGap.Find([], run.IntervalSeconds, from, to).Sum(gap => gap.Count);
            var result = await CommandProgress.RunAsync("prices", total, run.Json,
                progress => backfill.FillAsync(run.Symbol, run.IntervalSeconds, from, to, progress, run.Cancellation));
            if (run.Json)
                JournalRun.Print(result);
            else
                Console.WriteLine(
                    Words.Text($"{result.Filled:N0} of {result.Missing:N0} missing prices of {run.Symbol} were filled in"));
            if (result.Failure is { } failure)
                throw new CommandException(failure);
            return result.Filled == result.Missing ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }
}
