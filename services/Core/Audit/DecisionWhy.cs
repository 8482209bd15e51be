using Trading.Contracts;

namespace Trading.Core;

/// <summary>Why a trade was made, refused, or not asked for: one paragraph.</summary>
public static class DecisionWhy
{
    /// <summary>The paragraph.</summary>
    /// <param name="price">The price at the beginning of it.</param>
    /// <param name="prediction">The prediction; null where a price caused an exit.</param>
    /// <param name="exit">The exit; null where a prediction was decided on.</param>
    /// <param name="assessment">The decision; null where there is none.</param>
    /// <param name="execution">The end of the order; null while there is none.</param>
    /// <param name="costs">What the order was expected to cost; null where that is not known.</param>
    public static string Tell(
        PriceObserved price, PredictionMade? prediction, PositionExit? exit, Assessment? assessment, Execution? execution,
        PaperCosts? costs = null)
    {
        var taken = price.Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Source).ToList();
        var leftOut = price.Quotes.Where(quote => quote.LeftOut is not null).Select(quote => $"{quote.Quote.Source} ({quote.LeftOut})")
            .Concat(price.Missing.Select(missing => $"{missing.Source} ({missing.Reason})")).ToList();
        var told = DecisionText.Text($"At {DecisionText.Time(price.IntervalStart)} UTC the price of {price.Symbol} was ")
            + $"{DecisionText.Exact(price.Price)}{(taken is ["simulated"] ? " (simulated)"
                : $"{(price.Simulated ? " (simulated)" : "")}, from {string.Join(", ", taken)}")}";
        told += leftOut.Count > 0 ? $"; not used: {string.Join(", ", leftOut)}. " : ". ";
        if (prediction is null)
            return exit is null ? told + "Nothing about it is in the journal." : told + TellExit(price, exit, assessment, execution);
        told += prediction.Strategy is { } strategy ? Asked(strategy, price.Symbol) : prediction.Ensemble is { } ensemble
            ? $"{string.Join(", ", prediction.Models.Where(model => model.Abstained is null).Select(model => model.Model))} expected "
                + DecisionText.Text($"{DecisionText.SignedPercent(ensemble.PredictedMovePercent)} within ")
                + DecisionText.Text($"{prediction.HorizonSeconds / 60.0:0.##} minutes with a confidence of {ensemble.Confidence:0.00}. ")
            : $"No model answered: {string.Join("; ", prediction.Models.Select(model => $"{model.Model} {model.Abstained}"))}. ";
        if (assessment is null)
            return told + "No decision on it is in the journal.";
        if (prediction.Strategy?.Target is { } target)
            told += TargetText.Distance(target, assessment, costs);
        var account = DecisionText.Text($"the account {assessment.Account} (version {assessment.AccountVersion}, equity ")
            + DecisionText.Text($"{DecisionText.Money(assessment.EquityUsd)} USD, version {assessment.LimitsVersion} of its limits)");
        return told + assessment.Verdict switch
        {
            Verdict.Hold => $"The signal was hold, so nothing was ordered for {account}.",
            Verdict.Refused => $"The signal was {DecisionText.Lower(assessment.Signal)}; {account} refused it: {Refused(assessment)}.",
            _ => $"The signal was {DecisionText.Lower(assessment.Signal)}; {account} approved {Allowed(assessment, execution)}",
        };
    }

    // The models are not asked where another strategy decides: their answers stand beside it and weigh nothing.
    private static string Asked(StrategySignal strategy, string symbol) => strategy.Target is { } target
        ? TargetText.Asked(strategy, target, symbol)
        : DecisionText.Text($"The strategy {strategy.Name} said {DecisionText.Lower(strategy.Action)} with a confidence of ")
            + DecisionText.Text($"{strategy.Confidence:0.00}")
            + (strategy.Price is { } price ? $", {DecisionText.Lower(strategy.Type)} at {DecisionText.Exact(price)}" : "") + ". ";

    private static string TellExit(PriceObserved price, PositionExit exit, Assessment? assessment, Execution? execution)
    {
        var told = DecisionText.Text(
            $"The position (entered {DecisionText.Time(exit.EnteredAt)} at {DecisionText.Exact(decimal.Round(exit.EntryPrice, 8))}, ")
            + $"highest price since then {DecisionText.Exact(exit.HighestPrice)}) "
            + $"{(StopOnExchange.IsSet(exit, price) ? "needed a" : "had to be sold:")} {DecisionText.Exit(exit, price)}. ";
        return told + (assessment switch
        {
            null => "No decision on it is in the journal.",
            { Order: not null } => DecisionText.Text($"The account {assessment.Account} (version {assessment.AccountVersion}) approved ")
                + Allowed(assessment, execution),
            _ => $"The account {assessment.Account} refused: {Refused(assessment)}.",
        });
    }

    private static string Allowed(Assessment assessment, Execution? execution) =>
        DecisionText.Text($"it after {assessment.Checks.Count} checks: {DecisionText.Exact(assessment.Order!.Quantity)} at ")
        + $"{DecisionText.Exact(assessment.Order.WorstPrice)} or {(assessment.Signal == TradeAction.Buy ? "less" : "more")}. "
        + End(assessment, execution);

    private static string Refused(Assessment assessment) => string.Join("; ", assessment.Checks.Where(check => !check.Passed)
        .Select(RuleWords.Tell));

    private static string End(Assessment assessment, Execution? execution) => execution switch
    {
        null when assessment.Order!.RestsOnExchange() => "The stop has not been triggered yet.",
        null => "The order has not ended yet.",
        { FilledQuantity: > 0 } => $"{(execution.Simulated ? "On paper" : $"On {execution.Exchange}")} "
            + $"{DecisionText.Exact(execution.FilledQuantity)} {(assessment.Signal == TradeAction.Buy ? "were bought" : "were sold")} at "
            + $"{DecisionText.Exact(execution.AveragePrice)} for a fee of "
            + $"{DecisionText.Exact(execution.FeeUsd + decimal.Round(execution.FeeValueUsd ?? 0, 8))} USD at "
            + $"{DecisionText.Time(execution.ExecutedAt)}{(execution.Reason is null ? "" : $"; {execution.Reason}")}.",
        _ => $"Nothing was traded: {execution.Reason} ({DecisionText.Lower(execution.Outcome)}).",
    };
}
