using System.Globalization;
using Spectre.Console;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.AllInOne;

/// <summary>Shows prices, decisions and trades, a line each; in recorded runs the trades alone unless more is asked for.</summary>
public sealed class TradingView(StartOptions options, IAnsiConsole console)
{
    private const int LeastWide = 100, ChangeWidth = 7;

    private const int SecondsPerHour = 3600;

    private readonly ShownLines _shown = new();
    private readonly ViewLines _lines = new(console);
    private readonly Lock _gate = new();
    private readonly bool _everything = options.Verbose || options.Settings.Feed != FeedKind.Recorded;
    private readonly int _decisionSeconds = options.Settings.DecisionIntervalSeconds;
    private long _shownHour;
    private volatile ViewedSoFar _soFar = new(null, 0, null);

    /// <summary>What was shown so far.</summary>
    public ViewedSoFar SoFar => _soFar;

    /// <summary>Waits until all lines are on the terminal.</summary>
    public void Flush() => _lines.Flush();

    /// <summary>
    /// Shows the first price of each hour where decisions are rarer than that: nobody should have to wonder for a day whether it runs.
    /// </summary>
    public void Show(PriceObserved price)
    {
        var at = price.IntervalStart.ToUnixTimeSeconds();
        if (!_everything || _decisionSeconds <= SecondsPerHour || at % _decisionSeconds == 0 || !TryAdvanceHour(at))
            return;
        var next = DateTimeOffset.FromUnixTimeSeconds((at / _decisionSeconds + 1) * _decisionSeconds);
        var line = $"{Begin(price)}{Sources(price)}  [grey]watched; the next decision is due at "
            + $"{next.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)}[/]";
        Add(line, line, 0);
    }

    /// <summary>Shows a decision with the price that it was made on.</summary>
    public void Show(RiskAssessed assessed)
    {
        var assessment = assessed.Assessment;
        Note(soFar => soFar with { EquityUsd = assessment.EquityUsd });
        TryAdvanceHour(assessed.Cause().IntervalStart.ToUnixTimeSeconds());
        if (!_everything || (assessed.Prediction is null && assessment.Exit is null) || !_shown.First($"{assessed.TradeId}"))
            return;
        var price = assessed.Cause();
        var what = assessment.Verdict switch
        {
            Verdict.Hold => "[grey]hold[/]",
            Verdict.Refused => $"[yellow]{Lower(assessment.Signal)} refused: {Reason(assessment)}[/]",
            _ => $"[bold]{Lower(assessment.Signal)} {Figures.Quantity(assessment.Order!.Quantity)} approved[/]",
        };
        var line = $"{Begin(price)}{Sources(price)}  {Asked(assessed)}  {what}";
        var equity = Equity(assessment);
        // Without an order nothing else is left out for want of room.
        Add(line, line + equity, assessment.Order is null ? Markup.Remove(line).Length + equity.Length : LeastWide);
    }

    /// <summary>Shows the end of an order.</summary>
    public void Show(TradeExecuted executed)
    {
        if (!_shown.First($"{executed.TradeId}, its end"))
            return;
        var (assessed, execution) = (executed.Decision, executed.Execution);
        var side = assessed.Assessment.Signal;
        if (execution.FilledQuantity > 0)
            Note(soFar => soFar with { Trades = soFar.Trades + 1, LastTradeId = assessed.TradeId });
        Add(End(assessed, execution, side, isNarrow: true), End(assessed, execution, side, isNarrow: false), LeastWide);
    }

    // A line that waits for the terminal keeps its words alone, not the message that they are from.
    private void Add(string narrow, string wide, int leastWide) => _lines.Add(width => width < leastWide ? narrow : wide);

    // An order and its end have a line each of 80 columns: fees and equity are in the table at the end, too.
    private static string End(RiskAssessed assessed, Execution execution, TradeAction side, bool isNarrow)
    {
        var colour = execution.FilledQuantity == 0 ? "yellow" : side == TradeAction.Buy ? "green" : "red";
        var what = execution.FilledQuantity == 0
            ? $"{Lower(side)} {Lower(execution.Outcome)}: {execution.Reason}"
            : $"{(side == TradeAction.Buy ? "BOUGHT" : "SOLD")} {Figures.Quantity(execution.FilledQuantity)} at "
                + $"{Figures.Price(execution.AveragePrice)}{(isNarrow ? "" : $", fee {Figures.Money(Fee(execution))}")}";
        return $"{Begin(assessed.Cause())}  [{colour}]{Markup.Escape(what)}[/]"
            + $"{(assessed.Assessment.Exit is { Reason: var reason } ? $" {Left(reason)}" : "")} "
            + $"{Place(execution)}{(isNarrow ? "" : Equity(assessed.Assessment))}";
    }

    private void Note(Func<ViewedSoFar, ViewedSoFar> change)
    {
        lock (_gate)
            _soFar = change(_soFar);
    }

    // Whether it is in a later hour than all before it, from then on shown: messages overtake each other.
    private bool TryAdvanceHour(long seconds)
    {
        var hour = seconds / SecondsPerHour;
        for (var shown = Interlocked.Read(ref _shownHour); hour > shown; shown = Interlocked.Read(ref _shownHour))
        {
            if (Interlocked.CompareExchange(ref _shownHour, hour, shown) == shown)
                return true;
        }
        return false;
    }

    private static string Equity(Assessment assessment) => $"  equity {Figures.Money(assessment.EquityUsd)}";

    // Simulated prices are named in every line: no line may be taken for the market.
    private static string Begin(PriceObserved price) => $"{price.IntervalStart.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)}"
        + $"{(price.IntervalStart.Second == 0 ? "" : price.IntervalStart.ToString(":ss", CultureInfo.InvariantCulture))}"
        + $"{(price.Simulated ? " [magenta]SIMULATED[/]" : "")} {price.Symbol} {Figures.Price(price.Price)}";

    // With fees in units of what was bought, or in a third asset, at what they were worth.
    private static decimal Fee(Execution execution) =>
        execution.FeeUsd + (execution.FeeBase ?? 0) * execution.AveragePrice + (execution.FeeValueUsd ?? 0);

    private static string Place(Execution execution) => execution switch
    {
        { Exchange: PaperFill.Exchange } => "on paper",
        { Simulated: true } => $"on {execution.Exchange}'s test network",
        _ => "FOR REAL",
    };

    // How many sources agreed: of one source there is nothing to say.
    private static string Sources(PriceObserved price) => price.Quotes.Count + price.Missing.Count is > 1 and var all
        ? $" ({price.Quotes.Count(quote => quote.LeftOut is null)} of {all})" : "";

    private static string Asked(RiskAssessed assessed) => assessed.Prediction is { } prediction ? Predicted(prediction)
        : assessed.Assessment.Exit is { } exit
            ? $"{(StopOnExchange.IsSet(exit, assessed.Cause()) ? "stop for the exchange" : Left(exit.Reason))} at "
                + $"{Figures.Price(exit.TriggerPrice)}, entered at {Figures.Price(exit.EntryPrice)}"
        : "";

    private static string Left(ExitReason reason) => reason switch
    {
        ExitReason.StopLoss => "stop-loss",
        ExitReason.TrailingStop => "trailing stop",
        ExitReason.TakeProfit => "take-profit",
        ExitReason.TimeLimit => "time limit",
        ExitReason.DailyLoss => "loss of the day",
        ExitReason.Drawdown => "drawdown",
        _ => "flatten",
    };

    private static string Predicted(PredictionMade prediction) => prediction.Strategy is { } strategy
        ? strategy.Target is { } target ? $"{Markup.Escape(strategy.Name)} asks for {Figures.Share((decimal)target.Share)} of equity"
            : $"{Markup.Escape(strategy.Name)} says {Lower(strategy.Action)}"
        : prediction.Ensemble is { } ensemble
        ? $"{Figures.Change((decimal)ensemble.PredictedMovePercent),ChangeWidth} ({Figures.Fraction(ensemble.Confidence)})"
        : Markup.Escape($"no prediction: {prediction.Models[0].Abstained}");

    private static string Reason(Assessment assessment) =>
        Markup.Escape(RuleNames.Refusal(assessment.Checks.First(check => check.Rule == assessment.Refusal)));

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>Equity and trades so far, in one value: a reader on another thread never sees half of a change.</summary>
/// <param name="EquityUsd">Equity at the last decision.</param>
/// <param name="Trades">Orders filled since the start.</param>
/// <param name="LastTradeId">The last order that was filled; null before the first.</param>
public sealed record ViewedSoFar(decimal? EquityUsd, int Trades, Guid? LastTradeId);
