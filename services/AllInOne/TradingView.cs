using System.Globalization;
using MassTransit;
using Spectre.Console;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

namespace Trading.AllInOne;

/// <summary>Shows prices, decisions and trades, a line each; in recorded runs the trades alone unless more is asked for.</summary>
public sealed class TradingView(StartOptions options, IAnsiConsole console)
{
    private readonly bool _everything = options.Verbose || options.Settings.Feed != FeedKind.Recorded;

    /// <summary>Equity at the last decision.</summary>
    public decimal? EquityUsd { get; private set; }

    /// <summary>Orders filled since the start.</summary>
    public int Trades { get; private set; }

    /// <summary>Shows a decision with the price that it was made on.</summary>
    public void Show(RiskAssessed assessed)
    {
        var assessment = assessed.Assessment;
        EquityUsd = assessment.EquityUsd;
        if (!_everything || (assessed.Prediction is null && assessment.Exit is null))
            return;
        var price = assessed.Cause();
        var sources = price.Quotes.Count(quote => quote.LeftOut is null);
        var what = assessment.Verdict switch
        {
            Verdict.Hold => "[grey]hold[/]",
            Verdict.Refused => $"[yellow]{assessment.Signal.ToString().ToUpperInvariant()} refused: {Reason(assessment)}[/]",
            _ => $"[bold]{assessment.Signal.ToString().ToUpperInvariant()} approved: {assessment.Order!.Quantity}[/]",
        };
        Line($"{Time(price.IntervalStart)}  {price.Symbol} {Money(price.Price)} ({sources} of {price.Quotes.Count + price.Missing.Count}){Simulated(price)}  {Asked(assessed)}  {what}  equity {Money(assessment.EquityUsd)}");
    }

    /// <summary>Shows the end of an order.</summary>
    public void Show(TradeExecuted executed)
    {
        var (assessed, execution) = (executed.Decision, executed.Execution);
        var price = assessed.Cause();
        var side = assessed.Assessment.Signal;
        Trades += execution.FilledQuantity > 0 ? 1 : 0;
        var colour = execution.FilledQuantity == 0 ? "yellow" : side == TradeAction.Buy ? "green" : "red";
        var what = execution.FilledQuantity == 0
            ? $"{side.ToString().ToUpperInvariant()} {execution.Outcome.ToString().ToLowerInvariant()}: {execution.Reason}"
            : $"{(side == TradeAction.Buy ? "BOUGHT" : "SOLD")} {execution.FilledQuantity} at {Money(execution.AveragePrice)}, fee {Money(execution.FeeUsd)}";
        Line($"{Time(price.IntervalStart)}  {price.Symbol} {Money(price.Price)}  [{colour}]{Markup.Escape(what)}[/]{(assessed.Assessment.Exit is { Reason: var reason } ? $" {Left(reason)}" : "")} {(execution.Simulated ? "on paper" : "FOR REAL")}{Simulated(price)}  equity {Money(assessed.Assessment.EquityUsd)}");
    }

    internal static string Money(decimal amount) => amount.ToString("N2", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset at) => at.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Simulated(PriceObserved price) => price.Simulated ? " [magenta]SIMULATED[/]" : "";

    private static string Asked(RiskAssessed assessed) => assessed.Prediction is { } prediction ? Predicted(prediction)
        : assessed.Assessment.Exit is { } exit ? string.Create(CultureInfo.InvariantCulture, $"{(RestingStops.IsSet(exit, assessed.Cause()) ? "stop for the exchange" : Left(exit.Reason))} at {exit.TriggerPrice:N2}, entered at {exit.EntryPrice:N2}")
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

    private static string Predicted(PredictionMade prediction) => prediction.Ensemble is { } ensemble
        ? string.Create(CultureInfo.InvariantCulture, $"{ensemble.Direction.ToString().ToLowerInvariant()} {ensemble.PredictedMovePercent:+0.000;-0.000;0.000} % ({ensemble.Confidence:0.00})")
        : Markup.Escape($"no prediction: {prediction.Models[0].Abstained}");

    private static string Reason(Assessment assessment)
    {
        var check = assessment.Checks.First(check => check.Rule == assessment.Refusal);
        return string.Create(CultureInfo.InvariantCulture, $"{check.Rule} {check.Observed:0.########}, limit {check.Limit:0.########}");
    }

    private void Line(string markup) => console.MarkupLine(markup);
}

/// <summary>Hands what the services tell to the view.</summary>
public sealed class TradingViewConsumer(TradingView view) : IConsumer<RiskAssessed>, IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<RiskAssessed> context)
    {
        view.Show(context.Message);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<TradeExecuted> context)
    {
        view.Show(context.Message);
        return Task.CompletedTask;
    }
}
