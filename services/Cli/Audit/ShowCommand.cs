using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>One trade with everything that it came from and everything that came from it.</summary>
public static class ShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var what = new Argument<string>("what")
        { Description = "trade id or its beginning, client or exchange order id, or the sequence number of an event" };
        var command = new Command(
            "show",
            "Shows a trade whole: the quotes, taken and left out, what each model said, the ensemble, every check with observed value and "
            + "limit, the order, its fills, the bookings, and when each was written by whom.\n"
            + "Example: trading audit show 62f7d296\n"
            + "Example: trading audit show 1207") { what };
        options.Act(command, async run =>
        {
            var wanted = run.Parsed.GetValue(what)!;
            if (long.TryParse(wanted, out var sequence) && await TradeReading.EventAsync(run.Database, sequence, run.Cancellation)
                is { Event: not (ITradeEvent or FundsReserved or ReservationReleased or TradeSettled) } alone)
                await PrintEventAsync(run, alone);
            else
                await PrintAsync(run, await TradeStory.FindAsync(run, wanted));
            return JournalOptions.Clean;
        });
        return command;
    }

    private static async Task PrintEventAsync(JournalRun run, WrittenEvent alone)
    {
        var redactions = new List<FieldRedacted>();
        await foreach (var stored in StreamReading.ReadAsync(run.Database, AuditLeaf.RedactionStream, cancellation: run.Cancellation))
        {
            if (stored.Event() is FieldRedacted redacted && redacted.Sequence == alone.Stored.Sequence)
                redactions.Add(redacted);
        }
        if (run.Json)
            JournalRun.Print(new
            {
                alone.Stored.Sequence,
                alone.Stored.StreamId,
                alone.Stored.Version,
                alone.Stored.Type,
                alone.Stored.Timestamp,
                alone.CausationId,
                Service = TradeStory.Service(alone),
                alone.Event,
                Redactions = redactions,
            });
        else
        {
            Console.WriteLine(
                $"event {alone.Stored.Sequence}, {alone.Stored.StreamId} version {alone.Stored.Version}: {alone.Stored.Type}, "
                + $"written {Words.Time(alone.Stored.Timestamp)} UTC by {TradeStory.Service(alone)}, caused by {alone.CausationId}");
            Console.WriteLine(JsonSerializer.Serialize(alone.Event, alone.Event.GetType(), JournalRun.Indented));
            foreach (var redacted in redactions)
                Console.WriteLine($"{redacted.Field} was redacted by {redacted.By} {Words.Time(redacted.At)} UTC: {redacted.Reason}");
        }
    }

    private static object Described(WrittenEvent happened) => new
    {
        happened.Stored.Sequence,
        happened.Stored.StreamId,
        happened.Stored.Version,
        happened.Stored.Type,
        happened.Stored.Timestamp,
        happened.CausationId,
        Service = TradeStory.Service(happened),
        happened.Event,
    };

    private static async Task PrintAsync(JournalRun run, TradeStory story)
    {
        var decided = story.Events.FirstOrDefault(happened => happened.Event is TradeAssessed);
        var program = decided is null ? null : await TradeReading.StartBeforeAsync(
            run.Database, TradeStory.Service(decided), decided.Stored.Sequence, run.Cancellation);
        if (run.Json)
        {
            JournalRun.Print(new { story.TradeId, Events = story.Events.Select(Described), DecidedBy = program });
            return;
        }
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
            Predicted(tree, prediction);
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
        Terminal.Output.Write(tree);
    }

    private static void Predicted(Tree tree, PredictionMade prediction)
    {
        var predicted = tree.AddNode(Text($"prediction for {prediction.HorizonSeconds} s ahead, made {Words.Time(prediction.MadeAt)}, "
            + $"may be traded on until {Words.Time(prediction.ExpiresAt)}"));
        var window = prediction.Window;
        predicted.AddNode(
            Text($"window of {window.Count} prices: SMA 20 {Number(window.Sma20, "N2")}, SMA 50 {Number(window.Sma50, "N2")}, momentum 10 "
                + $"{Number(window.Momentum10 * 100, "0.0000")} %, volatility {Number(window.Volatility * 100, "0.0000")} % a step"));
        predicted.AddNode(
            Text($"the rule's own record in it: {window.RuleHits} of {window.RuleSignals} came true; SHA-256 {window.Digest}"));
        if (prediction.Strategy is { } strategy)
            predicted.AddNode(Text($"decided by the strategy {strategy.Name}: {Asked(strategy)}"));
        foreach (var model in prediction.Models)
        {
            var answer = model.Abstained is { } why ? $"no answer, {why}"
                : $"{Words.Lower(model.Direction!.Value)} "
                    + Words.Text($"to {model.PredictedPrice:N2} with confidence {model.Confidence:0.0000}");
            Provenance(predicted.AddNode(Text($"{model.Model}: {answer}")), model.Provenance);
        }
        if (prediction.Weights is { Count: > 0 } weights)
            predicted.AddNode(Text("weights by track record: "
                + $"{string.Join(", ", weights.Select(weight => Words.Text($"{weight.Model} {weight.Weight:0.####} ({(weight.Lost is null
                    ? Words.Count(weight.Scored, "prediction") + " scored" : weight.Lost)})")))}"));
        predicted.AddNode(Text(prediction.Ensemble is { } ensemble
            ? $"ensemble of {ensemble.ModelsAnswered}: {Words.Lower(ensemble.Direction)} "
                + $"{Words.SignedPercent(ensemble.PredictedMovePercent)}, "
                + $"confidence {Words.Share(ensemble.Confidence)}, agreement {Words.Share(ensemble.Agreement)}"
            : "no ensemble: no model answered"));
    }

    private static string Asked(StrategySignal strategy) => (strategy.Target is { } target
        ? Words.Text($"hold {target.Share * 100:0.##} % of equity")
        : $"{Words.Lower(strategy.Action)} with confidence {Words.Share(strategy.Confidence)}")
        + (strategy.Price is { } at ? $", {Words.Lower(strategy.Type)} at {Words.Exact(at)}" : "")
        + "; the models below were not asked by it";

    // What a model outside of the process was asked and what it said, word for word.
    private static void Provenance(TreeNode model, ModelProvenance? from)
    {
        if (from is null)
            return;
        var tokens = from is { InputTokens: { } read, OutputTokens: { } written } ? $", {read} tokens read and {written} written" : "";
        model.AddNode(Text($"asked {from.ModelId}, {Words.Count(from.Attempts, "attempt")}, {from.LatencyMilliseconds:N0} "
            + $"ms{tokens}{(from.PromptSha256 is null ? "" : $"; SHA-256 of the question {from.PromptSha256}")}"));
        if (from.RawText is { } said)
        {
            // What comes from outside could speak to the terminal.
            model.AddNode(Text($"it said: {string.Concat(said.Select(letter => char.IsControl(letter) ? ' ' : letter))}"));
        }
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

    private static string Number(double? value, string format) =>
        value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture) ?? "unknown";
}
