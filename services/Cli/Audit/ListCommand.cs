using System.CommandLine;
using Spectre.Console;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>A decision in one line.</summary>
/// <param name="Sequence">The proposal's place in the journal.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="PriceAt">Start of the price's interval.</param>
/// <param name="DecidedAt">When it was decided.</param>
/// <param name="Symbol">What about.</param>
/// <param name="Price">At which price.</param>
/// <param name="PredictedMovePercent">The predicted move; null where no model answered.</param>
/// <param name="Signal">What the prediction asked for.</param>
/// <param name="Outcome">hold, refused, open, or how the order ended.</param>
/// <param name="Refusal">The rule that refused; null unless refused.</param>
/// <param name="Told">Decision and end in words.</param>
public sealed record ListedDecision(
    long Sequence, Guid TradeId, DateTimeOffset PriceAt, DateTimeOffset DecidedAt, string Symbol, decimal Price, double? PredictedMovePercent, TradeAction Signal, string Outcome, RiskRule? Refusal, string Told);

/// <summary>Decisions, one in a line.</summary>
public static class ListCommand
{
    private static readonly string[] Outcomes = ["hold", "refused", "approved", "open", .. Enum.GetNames<TradeOutcome>().Select(name => name.ToLowerInvariant())];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var (from, to) = (AuditRange.FromOption(), AuditRange.ToOption());
        var symbol = new Option<string>("--symbol") { Description = "decisions about one symbol, for example BTC-USD", HelpName = "symbol" };
        var action = new Option<string>("--action") { Description = "what the prediction asked for", HelpName = "buy|sell|hold" };
        var outcome = new Option<string>("--outcome") { Description = $"how it ended: {string.Join(", ", Outcomes)}", HelpName = "outcome" };
        var refusedBy = new Option<string>("--refused-by") { Description = $"the rule that refused: {string.Join(", ", Enum.GetNames<RiskRule>())}", HelpName = "rule" };
        var limit = new Option<int>("--limit") { Description = "at most so many, the last ones; 0 for all", HelpName = "number", DefaultValueFactory = _ => 0 };
        action.AcceptOnlyFromAmong("buy", "sell", "hold");
        outcome.AcceptOnlyFromAmong(Outcomes);
        refusedBy.AcceptOnlyFromAmong(Enum.GetNames<RiskRule>());
        var command = new Command(
            "list",
            "Lists decisions, holds and refusals included; what is shown of each is told whole by audit show.\n"
            + "Example: trading audit list --from 2024-03-01 --to 2024-03-02 --outcome filled\n"
            + "Example: trading audit list --refused-by DailyLoss --limit 20") { from, to, symbol, action, outcome, refusedBy, limit };
        options.Act(command, async run =>
        {
            var parsed = run.Parsed;
            if (parsed.GetValue(limit) < 0)
                throw new AuditException($"--limit must be 0 or more, was {parsed.GetValue(limit)}");
            var range = await AuditRange.ReadAsync(run, parsed.GetValue(from), parsed.GetValue(to));
            var (wantedSymbol, wantedAction, wantedOutcome, wantedRule) = (parsed.GetValue(symbol), parsed.GetValue(action), parsed.GetValue(outcome), parsed.GetValue(refusedBy));
            var rows = await DecisionsAsync(run, range, parsed.GetValue(limit), decision =>
                (wantedSymbol is null || decision.Symbol == wantedSymbol)
                && (wantedAction is null || Words.Lower(decision.Signal) == wantedAction)
                && (wantedRule is null || decision.Refusal?.ToString() == wantedRule)
                && (wantedOutcome is null || decision.Outcome == wantedOutcome || (wantedOutcome == "approved" && decision.Outcome is not ("hold" or "refused"))));
            Print(run, rows);
            return AuditOptions.Clean;
        });
        return command;
    }

    private static async Task<IReadOnlyList<ListedDecision>> DecisionsAsync(AuditRun run, AuditRange range, int limit, Func<ListedDecision, bool> wanted)
    {
        var open = new Dictionary<string, (long Sequence, ITradeEvent Proposed, Assessment? Assessment)>();
        var rows = new Queue<ListedDecision>();
        var total = await JournalReader.CountAsync(run.Database, range.First - 1, range.Last, run.Cancellation);
        await AuditProgress.RunAsync("events", total, run.Json, async progress =>
        {
            var done = 0L;
            await foreach (var stored in JournalReader.ReadAsync(run.Database, range.First - 1, range.Last, run.Cancellation))
            {
                progress.Report(++done);
                if (stored.Type is "trade_proposed" or "exit_proposed")
                    open[stored.StreamId] = (stored.Sequence, (ITradeEvent)stored.Event(), null);
                else if (stored.Type == "trade_assessed" && open.TryGetValue(stored.StreamId, out var proposed))
                    Assessed(stored.StreamId, proposed with { Assessment = ((TradeAssessed)stored.Event()).Assessment });
                else if (stored.Type == "trade_closed" && open.Remove(stored.StreamId, out var assessed))
                    Add(assessed, ((TradeClosed)stored.Event()).Execution);
            }
            foreach (var unended in open.Values.Where(unended => unended.Assessment is not null))
                Add(unended, null);
            return true;
        });
        return [.. rows.OrderBy(row => row.Sequence)];

        void Assessed(string stream, (long, ITradeEvent, Assessment? Assessment) decided)
        {
            open[stream] = decided;
            if (decided.Assessment!.Order is not null)
                return;
            open.Remove(stream);
            Add(decided, null);
        }

        void Add((long Sequence, ITradeEvent Proposed, Assessment? Assessment) trade, Execution? execution)
        {
            var (proposed, assessment) = (Trade.Evolve(null, trade.Proposed), trade.Assessment!);
            var price = proposed.Cause();
            var row = new ListedDecision(
                trade.Sequence, proposed.TradeId, price.IntervalStart, assessment.AssessedAt, price.Symbol, price.Price, proposed.Prediction?.Ensemble?.PredictedMovePercent,
                assessment.Signal, assessment.Order is null ? Words.Lower(assessment.Verdict) : execution is null ? "open" : Words.Lower(execution.Outcome), assessment.Refusal, Words.Outcome(assessment, execution));
            if (!wanted(row))
                return;
            rows.Enqueue(row);
            if (limit > 0 && rows.Count > limit)
                rows.Dequeue();
        }
    }

    private static void Print(AuditRun run, IReadOnlyList<ListedDecision> rows)
    {
        if (run.Json)
        {
            AuditRun.Print(rows);
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("event", "price of (UTC)", "symbol", "price", "predicted", "decision", "trade");
        foreach (var column in new[] { 0, 3, 4 })
            table.Columns[column].RightAligned().NoWrap();
        foreach (var column in new[] { 1, 2, 6 })
            table.Columns[column].NoWrap();
        foreach (var row in rows)
        {
            var colour = row.Outcome switch { "hold" => "grey", "refused" => "yellow", "filled" when row.Signal == TradeAction.Buy => "green", "filled" => "red", _ => "default" };
            table.AddRow(
                new Markup($"{row.Sequence}"), new Markup(row.PriceAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)), new Markup(Markup.Escape(row.Symbol)),
                new Markup(Words.Money(row.Price)), new Markup(row.PredictedMovePercent is { } move ? Words.Percent(move) : "none"), new Markup($"[{colour}]{Markup.Escape(row.Told)}[/]"), new Markup($"{row.TradeId}"[..8]));
        }
        if (rows.Count > 0)
            Terminal.Output.Write(table);
        Console.WriteLine(Words.Count(rows.Count, "decision"));
    }
}
