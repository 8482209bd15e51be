using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Cli.Audit;

/// <summary>A trade as a tree: the price, what was predicted, every check, the order, and when each was written.</summary>
internal static class TradeTree
{
    /// <summary>The tree of a trade.</summary>
    /// <param name="story">All its events.</param>
    /// <param name="program">The start of the program that decided; null where it is not known.</param>
    public static Tree Of(TradeStory story, ProgramStarted? program)
    {
        var (prediction, assessment) = (story.Prediction, story.Assessment);
        var price = story.Price;
        var tree = new Tree(new Markup(
            $"[bold]trade {story.TradeId}[/]  {Markup.Escape(DecisionText.Outcome(assessment, story.Execution))}"));

        var priced = tree.AddNode(Text($"price {Words.Exact(price.Price)} {price.Symbol}, of {Words.Time(price.IntervalStart)} UTC, "
            + $"agreed {Words.Time(price.ObservedAt)}{(price.Simulated ? ", SIMULATED" : "")}"));
        priced.AddNode(Quotes(price));
        priced.AddNode(Text($"rules: at least {price.Rules.Quorum} of {string.Join(" or ", price.Rules.Currencies)}, "
            + $"at most {price.Rules.MaxAgeSeconds} s old, within {Words.Exact(price.Rules.MaxDeviationPercent)} % of the median"));

        if (prediction is not null)
            PredictionNodes.AddTo(tree, prediction);
        else if (story.Exit is { } exit)
            tree.AddNode(Text($"exit: {DecisionText.Exit(exit, price)}; entered {Words.Time(exit.EnteredAt)} at "
                + $"{Words.Exact(decimal.Round(exit.EntryPrice, 8))}, highest price since {Words.Exact(exit.HighestPrice)}"));

        if (assessment is not null)
            Decision(tree, assessment);
        if (program is not null)
            tree.AddNode(Text($"decided by {program.Service} {program.Version}"
                + $"{(program.Commit.Length > 0 ? $", commit {program.Commit}" : "")}, started {Words.Time(program.At)} UTC, "
                + $"profile {program.Profile}; SHA-256 of its files {program.BinariesSha256}, of its settings {program.SettingsSha256}"));
        if (story.Events.Any(happened => happened.Event is OrderPlaced or OrderFilled or TradeClosed))
            Order(tree, story);
        tree.AddNode("written to the journal").AddNode(Steps(story));
        return tree;
    }

    private static void Decision(Tree tree, Assessment assessment)
    {
        var decided = tree.AddNode(
            new Markup("decision: " + (assessment.Verdict switch
            {
                Verdict.Approved => $"{Words.Lower(assessment.Signal)} [green]approved[/]",
                Verdict.Refused => $"{Words.Lower(assessment.Signal)} [yellow]refused by {assessment.Refusal}[/]",
                _ => "hold",
            }) + $", {Words.Time(assessment.AssessedAt)}"));
        decided.AddNode(Text(
            $"account {assessment.Account} at version {assessment.AccountVersion}, limits version {assessment.LimitsVersion}: "
            + $"cash {Words.Money(assessment.CashUsd)}, {Words.Money(assessment.ReservedUsd)} of it reserved, position "
            + $"{Words.Exact(assessment.PositionQuantity)}, equity {Words.Money(assessment.EquityUsd)} USD, risk score "
            + $"{Words.Share(assessment.RiskScore)}"));
        if (assessment.Checks.Count == 0)
            return;
        var checks = new Table().Border(TableBorder.Simple).AddColumns("check", "observed and asked", "");
        foreach (var check in assessment.Checks)
            checks.AddRow($"{check.Rule}", Markup.Escape(RuleWords.Tell(check)),
                check.Passed ? "[green]passed[/]" : "[yellow]refused[/]");
        decided.AddNode(checks);
    }

    private static void Order(Tree tree, TradeStory story)
    {
        var order = story.Assessment!.Order!;
        var placed = story.First<OrderPlaced>();
        var ordered = tree.AddNode(Text(
            $"order {DerivedId.ClientOrderId(story.TradeId)}: {Words.Lower(order.Side)} {Words.Exact(order.Quantity)} "
            + $"{order.Symbol}{(order.StopPrice is { } stop ? $", stop at {Words.Exact(stop)}" : "")}, "
            + $"worst price {Words.Exact(order.WorstPrice)}, {Words.Exact(order.ReservedUsd)} USD reserved"));
        var costs = placed?.Costs is { } known ? $"; costs: fee {Words.Exact(known.FeePercent)} %, spread "
            + $"{Words.Exact(known.SpreadPercent)} %, slippage {Words.Exact(known.SlippagePercent)} %" : "";
        ordered.AddNode(Text(placed is null ? "never placed"
            : $"placed on {placed.Exchange}{(placed.Simulated ? " (no real money)" : "")} {Words.Time(placed.At)}{costs}"));
        foreach (var fill in story.Events.Select(happened => happened.Event).OfType<OrderFilled>())
            ordered.AddNode(Text($"filled {Words.Exact(fill.Quantity)} at {Words.Exact(fill.Price)}, fee {Words.Fee(fill)}, "
                + $"{Words.Time(fill.At)}, exchange's order {fill.ExchangeOrderId}"));
        if (story.Execution is { } execution)
            ordered.AddNode(Text($"ended {Words.Lower(execution.Outcome)}{(execution.Reason is null ? "" : $": {execution.Reason}")}, "
                + $"{Words.Time(execution.ExecutedAt)}"));
    }

    private static Table Quotes(PriceObserved price)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("source", "quote", "", "quoted at (UTC)", "");
        table.Columns[1].RightAligned();
        foreach (var (quote, leftOut) in price.Quotes)
            table.AddRow(Markup.Escape(quote.Source), Words.Exact(quote.Price), Markup.Escape(quote.Currency), Words.Time(quote.QuotedAt),
                leftOut is null ? "[green]taken[/]" : $"[yellow]left out: {leftOut}[/]");
        foreach (var missing in price.Missing)
            table.AddRow(Markup.Escape(missing.Source), "", "", "", $"[yellow]no quote: {Markup.Escape(missing.Reason)}[/]");
        return table;
    }

    private static Table Steps(TradeStory story)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("event", "written (UTC)", "what", "stream", "by");
        table.Columns[0].RightAligned();
        foreach (var happened in story.Events)
        {
            var stored = happened.Stored;
            var stream = stored.StreamId.StartsWith("trade-", StringComparison.Ordinal) ? "trade" : stored.StreamId;
            table.AddRow($"{stored.Sequence}", Words.Time(stored.Timestamp), stored.Type, Markup.Escape($"{stream}/{stored.Version}"),
                Markup.Escape(TradeStory.Service(happened)));
        }
        return table;
    }

    private static Text Text(string text) => new(text);
}
