using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;

namespace Trading.Cli.Data;

/// <summary>Intervals without a price.</summary>
public static class PriceGapsCommand
{
    private const int Shown = 50;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new DataOptions();
        var command = new Command("gaps", "Lists the intervals that have no price; ends with code 1 when there are some.\n"
            + "Example: trading data gaps --from 2024-03-01 --to 2024-04-01");
        options.Act(command, creates: false, async run =>
        {
            var times = await run.History
                .ReadAsync(run.Symbol, run.IntervalSeconds, run.FromUnixSeconds, run.ToUnixSeconds, run.Cancellation)
                .Select(price => price.UnixSeconds).ToListAsync(run.Cancellation);
            var gaps = PriceGap.Find(times, run.IntervalSeconds, run.FromUnixSeconds, run.ToUnixSeconds).ToList();
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        run.Symbol,
                        Prices = times.Count,
                        Missing = gaps.Sum(gap => gap.Count),
                        Gaps = gaps.Select(gap => new { First = At(gap.FirstUnixSeconds), Last = At(gap.LastUnixSeconds), gap.Count })
                    });
            else
            {
                foreach (var gap in gaps.Take(Shown))
                    Console.WriteLine(gap.Count == 1
                        ? Words.Text($"{At(gap.FirstUnixSeconds):u}")
                        : Words.Text($"{At(gap.FirstUnixSeconds):u} to {At(gap.LastUnixSeconds):u}: {gap.Count:N0} prices"));
                if (gaps.Count > Shown)
                    Console.WriteLine(Words.Text($"and {gaps.Count - Shown:N0} more gaps"));
                Console.WriteLine(Words.Text(
                    $"{times.Count:N0} prices of {run.Symbol}, {gaps.Sum(gap => gap.Count):N0} missing in {gaps.Count:N0} gaps"));
            }
            return gaps.Count == 0 ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }

    private static DateTimeOffset At(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
}
