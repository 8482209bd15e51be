using Spectre.Console;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using Trading.Research.Search;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>The judged parts of a walk forward, and what they amount to.</summary>
/// <param name="Steps">The parts.</param>
/// <param name="Space">The settings.</param>
/// <param name="Objective">What was looked for.</param>
/// <param name="Settings">What the figures of the whole need.</param>
/// <param name="Partial">Whether it was stopped before the end.</param>
internal sealed record WalkForwardResult(
    IReadOnlyList<JudgedStep> Steps, ParameterSpace Space, Objective Objective, TradingSettings Settings, bool Partial)
{
    /// <summary>The return on parts that choosing had not seen, as a share of that on those that it had.</summary>
    public double Efficiency { get; } = WalkForward.Efficiency([.. Steps.Where(step => step.Judged is not null)
        .Select(step => (step.Window, step.Best!.TotalReturn, step.Judged!.TotalReturn))]);

    /// <summary>What is printed as JSON.</summary>
    public object Told() => new
    {
        Partial,
        Steps = Steps.Select(step => new
        {
            TrainFrom = Minute(step.Window.TrainFrom),
            TestFrom = Minute(step.Window.TestFrom),
            TestTo = Minute(step.Window.TestTo),
            Values = step.Best is { } best
                ? Space.Parameters.Zip(best.Values).ToDictionary(pair => pair.First.Name, pair => pair.Second) : null,
            Chosen = Known(Objective.Figure(step.Best?.Scores[0] ?? double.NaN)),
            Judged = Known(Objective.Figure(step.JudgedScore)),
            ChosenReturn = Known(step.Best?.TotalReturn ?? double.NaN),
            JudgedReturn = step.Judged?.TotalReturn,
            step.Held,
            Trades = step.Judged?.Trades.Count,
        }),
        TotalReturn = Compound(Steps.Select(step => step.Judged?.TotalReturn ?? 0)),
        Held = Compound(Steps.Select(step => step.Held)),
        MaxDrawdown = Known(Whole().MaxDrawdown),
        Sharpe = Known(Whole().Sharpe),
        Efficiency = Known(Efficiency),
    };

    /// <summary>Prints the parts as a table, and what they amount to.</summary>
    /// <param name="windows">How many parts there were to be judged.</param>
    public void Print(int windows)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("judged from").AddColumn("to");
        foreach (var name in Space.Parameters.Select(parameter => parameter.Name)
            .Concat([$"{Objective.Name}, chosen", $"{Objective.Name}, judged", "return, chosen", "return, judged", "held", "trades"]))
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var step in Steps)
        {
            table.AddRow(
            [
                Minute(step.Window.TestFrom), Minute(step.Window.TestTo),
                .. Space.Parameters.Select((_, i) => step.Best is { } best ? Text($"{best.Values[i]}") : "–"),
                Number(Objective.Figure(step.Best?.Scores[0] ?? double.NaN)), Number(Objective.Figure(step.JudgedScore)),
                ShareAsPercent(step.Best?.TotalReturn ?? double.NaN), ShareAsPercent(step.Judged?.TotalReturn ?? double.NaN),
                ShareAsPercent(step.Held),
                Text($"{step.Judged?.Trades.Count ?? 0:N0}"),
            ]);
        }
        Terminal.Output.Write(table);
        var whole = Whole();
        Console.WriteLine(Text($"{Steps.Count} of {windows} parts judged{(Partial ? " (PARTIAL: stopped before the end)" : "")}; ")
            + Text($"all together {ShareAsPercent(Compound(Steps.Select(step => step.Judged?.TotalReturn ?? 0)))}, held ")
            + Text($"{ShareAsPercent(Compound(Steps.Select(step => step.Held)))}, ")
            + Text($"max drawdown of daily closes {ShareAsPercent(whole.MaxDrawdown)}, Sharpe ratio {Number(whole.Sharpe)}"));
        Console.WriteLine(double.IsNaN(Efficiency)
            ? Text($"walk-forward efficiency is not defined: choosing made no profit on the parts that it saw")
            : Text($"walk-forward efficiency {Efficiency * 100:0} %: the return on parts that choosing had not seen, ")
                + "as a share of that on those that it had");
    }

    private Performance Whole() => BacktestResult.PerformanceOf(
        [.. Steps.SelectMany(step => step.Judged?.DailyReturns() ?? [])], Settings.RiskFreePercent, Settings.DaysPerYear);

    private static double Compound(IEnumerable<double> returns) => returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1;
}
