using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>Decisions, one in a line.</summary>
public static class ListCommand
{
    private const string Decision = "decision";
    private const int LeastWide = 100;

    private static readonly string[] Outcomes = ["hold", "refused", "approved", "open",
        .. Enum.GetNames<TradeOutcome>().Select(name => name.ToLowerInvariant())];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var (from, to) = (EventRange.FromOption(), EventRange.ToOption());
        var symbol = new Option<string>("--symbol")
        { Description = "decisions about one symbol, for example BTC-USD", HelpName = "symbol" };
        var action = new Option<string>("--action") { Description = "what the prediction asked for", HelpName = "buy|sell|hold" };
        var outcome = new Option<string>("--outcome")
        { Description = $"how it ended: {string.Join(", ", Outcomes)}", HelpName = "outcome" };
        var refusedBy = new Option<string>("--refused-by")
        { Description = $"the rule that refused: {string.Join(", ", Enum.GetNames<RiskRule>())}", HelpName = "rule" };
        var limit = new Option<int>("--limit")
        { Description = "at most so many, the last ones; 0 for all", HelpName = "number", DefaultValueFactory = _ => 0 };
        action.AcceptOnlyFromAmong("buy", "sell", "hold");
        outcome.AcceptOnlyFromAmong(Outcomes);
        refusedBy.AcceptOnlyFromAmong(Enum.GetNames<RiskRule>());
        var command = new Command(
            "list",
            "Lists decisions, holds and refusals included; audit show has all of each.\n"
            + "Example: trading audit list --from 2024-03-01 --to 2024-03-02 --outcome filled\n"
            + "Example: trading audit list --refused-by DailyLoss --limit 20") { from, to, symbol, action, outcome, refusedBy, limit };
        options.Act(command, async run =>
        {
            var parsed = run.Parsed;
            if (parsed.GetValue(limit) < 0)
                throw new CommandException($"--limit must be 0 or more, was {parsed.GetValue(limit)}");
            var range = await EventRange.ReadAsync(run, parsed.GetValue(from), parsed.GetValue(to));
            var (wantedSymbol, wantedAction, wantedOutcome, wantedRule) = (parsed.GetValue(symbol), parsed.GetValue(action),
                parsed.GetValue(outcome), parsed.GetValue(refusedBy));
            var rows = await DecisionsAsync(run, range, parsed.GetValue(limit), decision =>
                (wantedSymbol is null || decision.Symbol == wantedSymbol)
                && (wantedAction is null || Words.Lower(decision.Signal) == wantedAction)
                && (wantedRule is null || decision.Refusal?.ToString() == wantedRule)
                && (wantedOutcome is null || decision.Outcome == wantedOutcome
                    || (wantedOutcome == "approved" && decision.Outcome is not ("hold" or "refused"))));
            Print(run, rows);
            return JournalOptions.Clean;
        });
        return command;
    }

    private static async Task<IReadOnlyList<ListedDecision>> DecisionsAsync(
        JournalRun run, EventRange range, int limit, Func<ListedDecision, bool> wanted)
    {
        // Backwards, so that the last few cost the same however long the journal is.
        var total = limit > 0 ? 0 : await JournalReader.CountAsync(run.Database, range.First - 1, range.Last, run.Cancellation);
        var rows = await CommandProgress.RunAsync("events", total, run.Json, async progress =>
        {
            var (found, newest) = (new List<ListedDecision>(), range.Last);
            await foreach (var (proposed, assessed, closed) in TradeReading.NewestAsync(run.Database, range.First, range.Last,
                run.Cancellation))
            {
                progress.Report(Math.Min(total, newest - proposed.Sequence));
                if (assessed is null || !IsIn(range, assessed.Value) || ListedDecision.Of(proposed, assessed.Value,
                    closed is { } end && IsIn(range, end) ? end : null) is not { } row || !wanted(row))
                    continue;
                found.Add(row);
                if (found.Count == limit)
                    break;
            }
            return found;
        });
        rows.Reverse();
        return rows;
    }

    private static bool IsIn(EventRange range, StoredEvent stored) => stored.Sequence >= range.First && stored.Sequence <= range.Last;

    private static void Print(JournalRun run, IReadOnlyList<ListedDecision> rows)
    {
        if (run.Json)
        {
            JournalRun.Print(rows);
            return;
        }
        // On a narrow terminal the decision needs the room; audit show has the rest.
        var wide = Terminal.Output.Profile.Width >= LeastWide;
        string[] names = wide ? ["event", "price of (UTC)", "symbol", "price", "predicted", Decision, "trade"]
            : ["price of (UTC)", "symbol", "price", Decision, "trade"];
        var table = new Table().Border(TableBorder.Simple);
        foreach (var name in names)
        {
            var column = new TableColumn(name) { NoWrap = name != Decision };
            table.AddColumn(name is "event" or "price" or "predicted" ? column.RightAligned() : column);
        }
        foreach (var row in rows)
        {
            var colour = row.Outcome switch
            {
                "hold" => "grey",
                "refused" => "yellow",
                "filled" when row.Signal == TradeAction.Buy => "green",
                "filled" => "red",
                _ => "default"
            };
            var (symbol, price, told, trade) = (Markup.Escape(row.Symbol), Words.Money(row.Price),
                $"[{colour}]{Markup.Escape(row.Told)}[/]", $"{row.TradeId}"[..8]);
            table.AddRow(wide
                ? [$"{row.Sequence}", Figures.Minute(row.PriceAt), symbol, price,
                    row.PredictedMovePercent is { } move ? Words.SignedPercent(move) : "–", told, trade]
                : [Figures.Minute(row.PriceAt)["yyyy-".Length..], symbol, price, told, trade]);
        }
        if (rows.Count > 0)
            Terminal.Output.Write(table);
        Console.WriteLine(Words.Count(rows.Count, "decision"));
    }
}
