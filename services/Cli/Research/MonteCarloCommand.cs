using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Research.Backtests;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>
/// Draws the history of a backtest again and again from its own returns and trades: how much of the result was luck of the order.
/// </summary>
public static class MonteCarloCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var runs = new Option<int>("--runs")
        { Description = "histories that are drawn", HelpName = "number", DefaultValueFactory = _ => 10_000 };
        var block = new Option<int?>("--block")
        { Description = "neighbours that stay together; the cube root of their number by default", HelpName = "number" };
        var level = new Option<double>("--level")
        { Description = "share of the histories within the ranges", HelpName = "share", DefaultValueFactory = _ => 0.95 };
        var ruin = new Option<double>("--ruin")
        { Description = "depth of a drawdown that counts as ruin, as a share", HelpName = "share", DefaultValueFactory = _ => 0.5 };
        var command = new Command(
            "monte-carlo",
            "Runs a backtest, then draws its daily returns and its trades at random, in blocks, "
            + "into many other histories: how much of the result was luck?\n"
            + "Example: trading monte-carlo --data btcusdt_1m_2024.csv.gz --strategy sma-momentum --quantity 0.01 --runs 20000")
        { runs, block, level, ruin };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var (count, share, depth) = (parsed.GetValue(runs), parsed.GetValue(level), parsed.GetValue(ruin));
            if (count is < 1 or > 10_000_000)
                throw new BacktestException($"--runs must be from 1 to 10000000, was {count}");
            if (share is not (> 0 and < 1) || depth is not (> 0 and <= 1))
                throw new BacktestException(FormattableString.Invariant(
                    $"--level must be above 0 and below 1, --ruin above 0 and at most 1; they were {share} and {depth}"));
            if (parsed.GetValue(block) is < 1)
                throw new BacktestException($"--block must be above 0, was {parsed.GetValue(block)}");
            var data = await options.LoadAsync(parsed, cancellation);
            var result = data.Plan.Run(data.Between(data.From, data.To), data.Before(data.From));
            double[] days = [.. result.DailyReturns()];
            double[] trades = [.. result.Trades.Select(trade => (double)(trade.ProfitUsd / result.Rules.CashUsd))];
            var json = parsed.GetValue(options.Json);
            var drawn = await CommandProgress.RunAsync("histories", 2L * count, json, progress => Task.Run(
                () => new[]
                {
                    Draw(days, parsed.GetValue(block), count, parsed.GetValue(options.Seed), 0, share, depth, progress,
                        MonteCarlo.OfReturns, cancellation),
                    Draw(trades, parsed.GetValue(block), count, parsed.GetValue(options.Seed), count, share, depth, progress,
                        MonteCarlo.OfTrades, cancellation),
                },
                cancellation));
            if (json)
                JournalRun.Print(
                    new
                    {
                        Days = days.Length,
                        Trades = trades.Length,
                        result.TotalReturn,
                        MaxDrawdown = (double)result.MaxDrawdown,
                        Level = share,
                        Ruin = depth,
                        FromReturns = Told(drawn[0]),
                        FromTrades = Told(drawn[1])
                    });
            else
                Print(result, days.Length, trades.Length, drawn, share, depth);
            return 0;
        }));
        return command;
    }

    private delegate DrawnHistory Drawing(ReadOnlySpan<double> values, int blockLength, SeededRandom random);

    private static MonteCarloResult Draw(
        double[] values, int? block, int runs, ulong seed, long before, double level, double ruin, IProgress<long> progress,
        Drawing draw, CancellationToken cancellation)
    {
        var length = Math.Min(block ?? Bootstrap.BlockLength(values.Length), Math.Max(1, values.Length));
        var histories = new DrawnHistory[runs];
        var done = before;
        // Each history has a seed of its own, so they are the same on any number of cores.
        Parallel.For(0, runs, new() { CancellationToken = cancellation }, run =>
        {
            histories[run] = draw(values, length, SeededRandom.ForRun(seed, run));
            progress.Report(Interlocked.Increment(ref done));
        });
        return MonteCarlo.Summarize(histories, length, level, ruin);
    }

    private static object Told(MonteCarloResult result) => new
    {
        result.Runs,
        result.BlockLength,
        TotalReturn = Told(result.TotalReturn),
        MaxDrawdown = Told(result.MaxDrawdown),
        SharpePerPeriod = Told(result.Sharpe),
        result.LossShare,
        result.RuinShare,
    };

    private static object Told(Interval interval) =>
        new { Low = Known(interval.Low), Median = Known(interval.Median), High = Known(interval.High) };

    private static void Print(BacktestResult result, int days, int trades, MonteCarloResult[] drawn, double level, double ruin)
    {
        Console.WriteLine(Text($"the backtest: {result.TotalReturn * 100:0.00} % in {days:N0} days and {trades:N0} closed trades, ")
            + Text($"max drawdown {result.MaxDrawdown * 100:0.00} %"));
        if (trades < 30)
            Line($"warning: {trades:N0} closed trades are few; the ranges say little");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(Text($"{level * 100:0.#} % of {drawn[0].Runs:N0} histories"))
            .AddColumn(new TableColumn(Text($"from daily returns, blocks of {drawn[0].BlockLength}")).RightAligned())
            .AddColumn(new TableColumn(Text($"from trades, blocks of {drawn[1].BlockLength}")).RightAligned());
        table.AddRow(["total return", .. drawn.Select(one => Range(one.TotalReturn))]);
        table.AddRow(["max drawdown", .. drawn.Select(one => Range(one.MaxDrawdown))]);
        table.AddRow(["ended with a loss", .. drawn.Select(one => Text($"{one.LossShare * 100:0.0} %"))]);
        table.AddRow([Text($"fell by {ruin * 100:0.#} % or more"), .. drawn.Select(one => Text($"{one.RuinShare * 100:0.0} %"))]);
        Terminal.Output.Write(table);
        Line($"each: low end, median, high end. Trades are drawn at the size that they had, so their profits add up; returns compound.");
    }

    private static string Range(Interval interval) =>
        Text($"{interval.Low * 100:0.00} %  {interval.Median * 100:0.00} %  {interval.High * 100:0.00} %");
}
