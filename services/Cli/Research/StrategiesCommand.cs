using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core.Strategies;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>The strategies with their parameters, and how each did on given data.</summary>
public static class StrategiesCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var command = new Command(
            "strategies",
            "Lists every strategy with its parameters, their defaults and ranges. With --data it also plays each by itself over them, "
            + "with all cash a purchase unless --size says otherwise.\n"
            + "Example: trading strategies --data btcusdt_1h.csv.gz");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => Backtests.BacktestOptions.GuardAsync(async () =>
        {
            // Reading the settings also loads the folder of one's own.
            var settings = options.Backtest.Settings(parsed);
            var infos = TradingStrategies.All.ToList();
            var results = options.Backtest.Files(parsed).Count == 0 ? null
                : await RunAsync(options, parsed, settings, infos, cancellation);
            if (parsed.GetValue(options.Json))
                JournalRun.Print(infos.Select(info => AsJson(info, results?.GetValueOrDefault(info.Name), settings)));
            else
                Print(infos, results, settings);
            return 0;
        }));
        return command;
    }

    private static async Task<Dictionary<string, BacktestResult>> RunAsync(
        ResearchOptions options, ParseResult parsed, TradingSettings settings, List<StrategyInfo> infos, CancellationToken cancellation)
    {
        var data = await options.LoadAsync(parsed, settings, cancellation);
        var results = new Dictionary<string, BacktestResult>();
        await CommandProgress.RunAsync("strategies", infos.Count, parsed.GetValue(options.Json), progress => Task.Run(() =>
        {
            Parallel.ForEach(infos, new() { CancellationToken = cancellation }, info =>
            {
                var plan = data.Plan with
                {
                    Settings = data.Plan.Settings with { Strategy = info.Name, StrategyParameters = [] },
                    // A strategy that asks for shares of equity has the account's limits in place of a size.
                    Size = info.Create(new(info, [])).Targets ? null : data.Plan.Size ?? new RuleSize(RuleSizeKind.All, 100),
                };
                var result = plan.Run(data.Between(data.From, data.To), data.Before(data.From));
                lock (results)
                    results[info.Name] = result;
                progress.Report(results.Count);
            });
            return results.Count;
        }, cancellation));
        return results;
    }

    private static object AsJson(StrategyInfo info, BacktestResult? result, TradingSettings settings) => new
    {
        info.Name,
        info.Explanation,
        Parameters = info.Parameters.Select(parameter => new
        { parameter.Name, Default = parameter.DefaultText, parameter.Least, parameter.Most, parameter.Meaning }),
        Result = result is null ? null : new
        {
            result.TotalReturn,
            Held = result.HeldReturn,
            Sharpe = Known(result.Performance(settings.RiskFreePercent).Sharpe),
            MaxDrawdown = (double)result.MaxDrawdown,
            Trades = result.Trades.Count,
        },
    };

    private static void Print(List<StrategyInfo> infos, Dictionary<string, BacktestResult>? results, TradingSettings settings)
    {
        foreach (var info in infos)
        {
            Line($"{info.Name}: {info.Explanation}");
            foreach (var parameter in info.Parameters)
                Line($"  {parameter.Name} = {parameter.DefaultText}  ({parameter.Least} to {parameter.Most}) {parameter.Meaning}");
        }
        if (results is null)
            return;
        var table = new Table().Border(TableBorder.Rounded).AddColumn("strategy");
        foreach (var name in new[] { "return", "held", "Sharpe", "max drawdown", "trades" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var (name, result) in results.OrderByDescending(entry => entry.Value.TotalReturn))
        {
            table.AddRow(name, ShareAsPercent(result.TotalReturn), ShareAsPercent(result.HeldReturn),
                Number(result.Performance(settings.RiskFreePercent).Sharpe),
                ShareAsPercent((double)result.MaxDrawdown), Text($"{result.Trades.Count:N0}"));
        }
        Terminal.Output.Write(table);
        Line($"one stretch of one market says little about another");
    }
}
