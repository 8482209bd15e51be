using System.CommandLine;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Cli.Audit;

/// <summary>A trade in one paragraph.</summary>
public static class WhyCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var what = new Argument<string>("trade") { Description = "trade id or its beginning, client or exchange order id, or the sequence number of an event" };
        var command = new Command("why", "Tells in one paragraph why a trade was made, refused, or not asked for.\nExample: trading audit why 62f7d296") { what };
        options.Act(command, async run =>
        {
            var story = await TradeStory.FindAsync(run, run.Parsed.GetValue(what)!);
            if (run.Json)
                AuditRun.Print(new { story.TradeId, Why = Tell(story) });
            else
                Trading.Hosting.Terminal.Output.Write(new Spectre.Console.Text(Tell(story) + "\n"));
            return AuditOptions.Clean;
        });
        return command;
    }

    private static string Tell(TradeStory story)
    {
        var (prediction, assessment) = (story.Prediction, story.Assessment);
        var price = story.Price;
        var taken = price.Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Source).ToList();
        var leftOut = price.Quotes.Where(quote => quote.LeftOut is not null).Select(quote => $"{quote.Quote.Source} ({quote.LeftOut})").Concat(price.Missing.Select(missing => $"{missing.Source} ({missing.Reason})")).ToList();
        var told = Words.Invariant($"At {Words.Time(price.IntervalStart)} UTC {price.Symbol} stood at {Words.Exact(price.Price)}{(price.Simulated ? " (simulated)" : "")}, by {string.Join(", ", taken)}");
        told += leftOut.Count > 0 ? $", without {string.Join(", ", leftOut)}. " : ". ";
        if (prediction is null)
            return told + TellExit(story, assessment);
        told += prediction.Ensemble is { } ensemble
            ? Words.Invariant($"{string.Join(", ", prediction.Models.Where(model => model.Abstained is null).Select(model => model.Model))} expected {Words.Percent(ensemble.PredictedMovePercent)} within {prediction.HorizonSeconds / 60.0:0.##} minutes with a confidence of {ensemble.Confidence:0.00}. ")
            : $"No model answered: {string.Join("; ", prediction.Models.Select(model => $"{model.Model} {model.Abstained}"))}. ";
        if (assessment is null)
            return told + "No decision on it is in the journal.";
        var account = Words.Invariant($"the account {assessment.Account} (version {assessment.AccountVersion}, equity {Words.Money(assessment.EquityUsd)} USD) under version {assessment.LimitsVersion} of its limits");
        return told + assessment.Verdict switch
        {
            Verdict.Hold => $"That asked for nothing on {account}.",
            Verdict.Refused => $"That asked to {Words.Lower(assessment.Signal)}, which {account} refused: {string.Join("; ", assessment.Checks.Where(check => !check.Passed).Select(check => Words.Invariant($"{check.Rule} was {check.Observed:0.########}, the limit {check.Limit:0.########}")))}.",
            _ => Words.Invariant($"That asked to {Words.Lower(assessment.Signal)}, and {account} allowed it after {assessment.Checks.Count} checks: {Words.Exact(assessment.Order!.Quantity)} at no worse than {Words.Exact(assessment.Order.WorstPrice)}. ") + End(story),
        };
    }

    private static string TellExit(TradeStory story, Assessment? assessment)
    {
        var exit = story.Exit!;
        var told = Words.Invariant($"The position, entered {Words.Time(exit.EnteredAt)} at {Words.Exact(decimal.Round(exit.EntryPrice, 8))} and worth {Words.Exact(exit.HighestPrice)} a unit at its highest, was to {(RestingStops.IsSet(exit, story.Price) ? "have a" : "be left:")} {Words.Exit(exit, story.Price)}. ");
        return told + (assessment switch
        {
            null => "No decision on it is in the journal.",
            { Order: { } order } => Words.Invariant($"The account {assessment.Account} (version {assessment.AccountVersion}) allowed it after {assessment.Checks.Count} checks: {Words.Exact(order.Quantity)} at no worse than {Words.Exact(order.WorstPrice)}. ") + End(story),
            _ => $"The account {assessment.Account} refused: {string.Join("; ", assessment.Checks.Where(check => !check.Passed).Select(check => Words.Invariant($"{check.Rule} was {check.Observed:0.########}, the limit {check.Limit:0.########}")))}.",
        });
    }

    private static string End(TradeStory story) => story.Execution switch
    {
        null when story.Assessment?.Order is { } order && RestingStops.Rests(order) => "It has not gone off yet.",
        null => "The order has not ended yet.",
        { FilledQuantity: > 0 } execution => Words.Invariant($"{(execution.Simulated ? "On paper" : "On")} {(execution.Simulated ? "" : execution.Exchange + " ")}{Words.Exact(execution.FilledQuantity)} {(story.Assessment!.Signal == TradeAction.Buy ? "were bought" : "were sold")} at {Words.Exact(execution.AveragePrice)} for a fee of {Words.Exact(execution.FeeUsd + decimal.Round(execution.FeeValueUsd ?? 0, 8))} USD at {Words.Time(execution.ExecutedAt)}{(execution.Reason is null ? "" : $"; {execution.Reason}")}."),
        { } execution => $"Nothing was traded: {execution.Reason} ({Words.Lower(execution.Outcome)}).",
    };
}
