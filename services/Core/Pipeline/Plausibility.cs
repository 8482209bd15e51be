using System.Diagnostics.CodeAnalysis;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Finds messages that this system cannot have made, whatever their sender: a price below zero, a confidence of 7, an id that does not
/// derive from its cause, a missing part. Such a message is never decided on, however often it is delivered.
/// </summary>
public static class Plausibility
{
    /// <summary>Times before this instant are invalid.</summary>
    public static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Times from this instant on are invalid.</summary>
    public static readonly DateTimeOffset Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int LongestIntervalSeconds = 86_400;

    // What no order of this system exceeds, in units of a currency; far from the ends of decimal arithmetic.
    private const decimal LargestAmount = 1_000_000_000_000_000m;

    /// <summary>What is wrong with a message, in one line; null when it is sound, or is not one of this system's.</summary>
    public static string? Violation(object message) => message switch
    {
        PriceObserved price => Of(price),
        PredictionMade prediction => Of(prediction),
        RiskAssessed assessed => Of(assessed),
        TradeExecuted executed => Of(executed),
        _ => null,
    };

    /// <summary>Whether a text is base and quote joined by a dash.</summary>
    public static bool IsSymbol(string? symbol) =>
        symbol?.Split('-') is [{ Length: > 0 and <= 10 } left, { Length: > 0 and <= 10 } right]
        && (left + right).All(letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter));

    private static string? Of(PriceObserved price) =>
        Must(IsSymbol(price.Symbol), "Symbol", $"base and quote joined by a dash", price.Symbol)
        ?? Must(price.IntervalSeconds is >= 1 and <= LongestIntervalSeconds, "IntervalSeconds",
            $"1 to {LongestIntervalSeconds}", price.IntervalSeconds)
        ?? Dated(price.IntervalStart, "IntervalStart")
        ?? Must(price.IntervalStart.ToUnixTimeSeconds() % price.IntervalSeconds == 0, "IntervalStart",
            $"a multiple of {price.IntervalSeconds} s", price.IntervalStart)
        ?? Must(price.PriceId == DerivedId.Price(price.Symbol, price.IntervalSeconds, price.IntervalStart), "PriceId",
            $"the id of its symbol and interval", price.PriceId)
        ?? Dated(price.ObservedAt, "ObservedAt")
        ?? Must(price.Price is >= PriceWindow.SmallestPrice and <= PriceWindow.LargestPrice, "Price",
            $"{PriceWindow.SmallestPrice} to {PriceWindow.LargestPrice}", price.Price)
        ?? Given(price.QuoteCurrencies, "QuoteCurrencies")
        ?? Must(price.Rules is { Currencies: not null }, "Rules", $"given with their currencies", price.Rules)
        ?? Given(price.Quotes, "Quotes")
        ?? Must(price.Quotes.All(quote => quote?.Quote is { Source: not null, Currency: not null }), "Quotes",
            $"quotes with source and currency", "one without")
        ?? price.Quotes.Select(quote => Of(quote.Quote)).FirstOrDefault(wrong => wrong is not null)
        ?? Amount(price.Volume24hUsd, "Volume24hUsd") ?? Amount(price.MarketCapUsd, "MarketCapUsd")
        ?? Amount(price.Change24hPercent, "Change24hPercent")
        ?? Must(price.Rules.MaxDeviationPercent is > 0 and <= LargestAmount, "Rules.MaxDeviationPercent", $"above 0",
            price.Rules.MaxDeviationPercent)
        ?? Given(price.Missing, "Missing");

    // A quote that was left out may be wrong, but not so far from any price that arithmetic with it fails.
    private static string? Of(Quote quote) =>
        Amount(quote.Price, "Quotes.Price") ?? Amount(quote.Volume24hUsd, "Quotes.Volume24hUsd")
        ?? Amount(quote.MarketCapUsd, "Quotes.MarketCapUsd") ?? Amount(quote.Change24hPercent, "Quotes.Change24hPercent")
        ?? Dated(quote.QuotedAt, "Quotes.QuotedAt");

    private static string? Amount(decimal? amount, string name) =>
        Must(amount is null or (>= -LargestAmount and <= LargestAmount), name, $"at most {LargestAmount}", amount);

    private static string? Of(PredictionMade prediction) =>
        Given(prediction.Price, "Price")
        ?? Of(prediction.Price)
        ?? Must(prediction.PredictionId == DerivedId.Prediction(prediction.Price.PriceId), "PredictionId",
            $"the id that its price gives", prediction.PredictionId)
        ?? Must(prediction.Window is { Digest: not null, Count: >= 0 }, "Window", $"a window with its digest", prediction.Window)
        ?? Given(prediction.Models, "Models")
        ?? prediction.Models.Select(Of).FirstOrDefault(wrong => wrong is not null)
        ?? (prediction.Ensemble is { } ensemble ? Of(ensemble) : null)
        ?? (prediction.Strategy is { } strategy ? Of(strategy) : null)
        ?? Must(prediction.HorizonSeconds > 0, "HorizonSeconds", $"above 0", prediction.HorizonSeconds)
        ?? Dated(prediction.MadeAt, "MadeAt")
        ?? Dated(prediction.ExpiresAt, "ExpiresAt");

    private static string? Of(ModelOutput? output) =>
        Given(output?.Model, "Model")
        ?? (output!.Abstained is not null ? null
            : IsPrice(output.PredictedPrice, "PredictedPrice")
            ?? Must(output.Direction is { } direction && Enum.IsDefined(direction), "Direction", $"a direction", output.Direction)
            ?? Share(output.Confidence, "Confidence"));

    private static string? Of(EnsemblePrediction ensemble) =>
        IsPrice(ensemble.PredictedPrice, "PredictedPrice")
        ?? Must(double.IsFinite(ensemble.PredictedMovePercent), "PredictedMovePercent", $"a number", ensemble.PredictedMovePercent)
        ?? Must(Enum.IsDefined(ensemble.Direction), "Direction", $"a direction", ensemble.Direction)
        ?? Share(ensemble.Confidence, "Confidence")
        ?? Share(ensemble.Agreement, "Agreement")
        ?? Must(ensemble.ModelsAnswered >= 1, "ModelsAnswered", $"at least 1", ensemble.ModelsAnswered);

    private static string? Of(StrategySignal strategy) =>
        Given(strategy.Name, "Strategy.Name")
        ?? Must(Enum.IsDefined(strategy.Action), "Strategy.Action", $"an action", strategy.Action)
        ?? Share(strategy.Confidence, "Strategy.Confidence")
        ?? Must(Enum.IsDefined(strategy.Type), "Strategy.Type", $"a type of order", strategy.Type)
        ?? Must(strategy.Type == OrderType.Market == strategy.Price is null && strategy.Price is null or > 0, "Strategy.Price",
            $"a price above 0 for a limit or a stop", strategy.Price)
        ?? (strategy.Target is not { } target ? null
            : Share(target.Share, "Strategy.Target.Share")
            ?? Must(strategy.Action == TradeAction.Hold && strategy.Type == OrderType.Market, "Strategy.Action",
                $"hold, at the market, with a target", strategy.Action));

    private static string? Of(RiskAssessed assessed) =>
        (assessed.Prediction is { } prediction
            ? Of(prediction)
                ?? Must(assessed.Price is null, "Price", $"none beside a prediction", "one")
                ?? Must(assessed.TradeId == DerivedId.Trade(prediction.PredictionId), "TradeId",
                    $"the id that its prediction gives", assessed.TradeId)
            : Given(assessed.Price, "Price") ?? Of(assessed.Price!))
        ?? Given(assessed.Assessment, "Assessment")
        ?? Of(assessed.Assessment)
        ?? (assessed.Prediction is null
            ? OfExit(assessed, assessed.Assessment.Exit)
            : Must(assessed.Assessment.Exit is null, "Exit", $"none beside a prediction", assessed.Assessment.Exit))
        ?? (assessed.Assessment.Order is { } order ? Of(order, assessed.Cause().Symbol) : null);

    // Without an exit only a hold is possible: the price was checked and no exit was due.
    private static string? OfExit(RiskAssessed assessed, PositionExit? exit) => exit is null
        ? Must(assessed.Assessment.Verdict == Verdict.Hold, "Verdict", $"hold without prediction and exit", assessed.Assessment.Verdict)
            ?? Must(assessed.TradeId == DerivedId.Watched(assessed.Price!.PriceId), "TradeId",
                $"the id that its price gives", assessed.TradeId)
        : Must(Enum.IsDefined(exit.Reason), "Exit", $"a reason", exit.Reason)
            ?? Must(assessed.TradeId == StopOnExchange.TradeId(exit, assessed.Price!), "TradeId",
                $"the id that its price and its reason give", assessed.TradeId)
            ?? Must(assessed.Assessment.Signal == TradeAction.Sell, "Signal", $"sell for an exit", assessed.Assessment.Signal);

    private static string? Of(Assessment assessment) =>
        Given(assessment.Account, "Account")
        ?? Must(Enum.IsDefined(assessment.Signal), "Signal", $"an action", assessment.Signal)
        ?? Must(Enum.IsDefined(assessment.Verdict), "Verdict", $"a verdict", assessment.Verdict)
        ?? Must((assessment.Order is not null) == (assessment.Verdict == Verdict.Approved), "Order",
            $"there exactly when the verdict is approved", assessment.Order)
        ?? Must((assessment.Refusal is not null) == (assessment.Verdict == Verdict.Refused), "Refusal",
            $"there exactly when the verdict is refused", assessment.Refusal)
        ?? Given(assessment.Checks, "Checks")
        ?? Dated(assessment.AssessedAt, "AssessedAt")
        ?? Dated(assessment.ExpiresAt, "ExpiresAt");

    private static string? Of(Order order, string symbol) =>
        Must(order.Symbol == symbol, "Order.Symbol", $"{symbol}", order.Symbol)
        ?? Must(order.Side is TradeAction.Buy or TradeAction.Sell, "Order.Side", $"buy or sell", order.Side)
        ?? Must(order.Quantity is > 0 and <= LargestAmount, "Order.Quantity", $"above 0 and at most {LargestAmount}", order.Quantity)
        ?? Must(order.WorstPrice is > 0 and <= 2 * PriceWindow.LargestPrice, "Order.WorstPrice",
            $"above 0 and at most {2 * PriceWindow.LargestPrice}", order.WorstPrice)
        ?? Must(order.ReservedUsd is >= 0 and <= LargestAmount, "Order.ReservedUsd", $"0 to {LargestAmount}", order.ReservedUsd);

    private static string? Of(TradeExecuted executed) =>
        Given(executed.Decision, "Decision")
        ?? Of(executed.Decision)
        ?? Must(executed.TradeId == executed.Decision.TradeId, "TradeId", $"{executed.Decision.TradeId}", executed.TradeId)
        ?? Must(executed.Decision.Assessment.Order is not null, "Decision", $"an approved one", executed.Decision.Assessment.Verdict)
        ?? Given(executed.Execution, "Execution")
        ?? Of(executed.Execution, executed.Decision.Assessment.Order!);

    private static string? Of(Execution execution, Order order) =>
        Must(Enum.IsDefined(execution.Outcome), "Outcome", $"an outcome", execution.Outcome)
        ?? Given(execution.Exchange, "Exchange")
        ?? Given(execution.ClientOrderId, "ClientOrderId")
        ?? Must(execution.FilledQuantity >= 0 && execution.FilledQuantity <= order.Quantity, "FilledQuantity",
            $"0 to the order's {order.Quantity}", execution.FilledQuantity)
        ?? Must(execution.AveragePrice is >= 0 and <= 2 * PriceWindow.LargestPrice, "AveragePrice",
            $"0 to {2 * PriceWindow.LargestPrice}", execution.AveragePrice)
        ?? Must(execution.FeeUsd is >= 0 and <= LargestAmount, "FeeUsd", $"0 to {LargestAmount}", execution.FeeUsd)
        ?? Dated(execution.ExecutedAt, "ExecutedAt");

    private static string? IsPrice(double? price, string name) =>
        Must(price is > 0 && double.IsFinite(price.Value), name, $"a price above 0", price);

    private static string? Share(double? value, string name) => Must(value is >= 0 and <= 1, name, $"0 to 1", value);

    private static string? Dated(DateTimeOffset at, string name) =>
        Must(at >= Earliest && at < Latest, name, $"from {Earliest.Year} to {Latest.Year - 1}", at);

    // A message from outside may lack what its type promises.
    private static string? Given([NotNull] object? part, string name)
    {
#pragma warning disable CS8777 // Where it is null, the returned line ends the check.
        return Must(part is not null, name, $"given", null);
#pragma warning restore CS8777
    }

    private static string? Must(bool holds, string name, FormattableString what, object? was) =>
        holds ? null : FormattableString.Invariant($"{name} must be {FormattableString.Invariant(what)}, was {was ?? "missing"}");
}
