using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>The account as it was at a time, and what changed between two.</summary>
public static class AsOfCommand
{
    private static readonly string[] Views = ["portfolio", "limits", "state"];

    /// <summary>The command for one time.</summary>
    public static Command CreateAsOf()
    {
        var options = new JournalOptions();
        var time = new Argument<string>("time") { Description = "UTC" };
        var what = new Argument<string>("what") { Description = "portfolio, limits or state", DefaultValueFactory = _ => "portfolio" };
        what.AcceptOnlyFromAmong(Views);
        var command = new Command(
            "as-of", "Shows the account as it was at a time, computed from its events up to then.\n"
                + "Example: trading audit as-of 2024-03-03T12:00 portfolio\nExample: trading audit as-of 2024-03-03 limits") { time, what };
        options.Act(command, async run =>
        {
            var at = EventRange.Time("as-of", run.Parsed.GetValue(time)!);
            var (state, stood) = await AccountStream.AtAsync(run, run.Settings.Account, at);
            var rows = Rows(state, run.Parsed.GetValue(what)!);
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        Account = state.Account,
                        At = at,
                        stood.Version,
                        WithLaterTimes = stood.Ahead,
                        Values = rows.ToDictionary(row => row.Name, row => row.Value)
                    });
            else
            {
                Console.WriteLine(Words.Text($"account {state.Account} at version {stood.Version}, {Words.Time(at)} UTC"));
                TellClocks(stood);
                Write(rows.Select(row => new[] { row.Name, row.Value }), "", "");
            }
            return JournalOptions.Clean;
        });
        return command;
    }

    /// <summary>The command for two times.</summary>
    public static Command CreateDiff()
    {
        var options = new JournalOptions();
        var first = new Argument<string>("from") { Description = "the earlier time, UTC" };
        var second = new Argument<string>("to") { Description = "the later time, UTC" };
        var command = new Command("diff", "Shows what changed in the account between two times, and by how many events of each kind.\n"
            + "Example: trading audit diff 2024-03-01T12:00 2024-03-02T12:00") { first, second };
        options.Act(command, async run =>
        {
            var (from, to) = (EventRange.Time("diff", run.Parsed.GetValue(first)!), EventRange.Time("diff", run.Parsed.GetValue(second)!));
            if (from > to)
                throw new CommandException("the earlier time comes first");
            var (before, began) = await AccountStream.AtAsync(run, run.Settings.Account, from);
            var (after, last) = await AccountStream.AtAsync(run, run.Settings.Account, to);
            var events = (await AccountStream.ReadAsync(run, run.Settings.Account, last.Version, began.Version))
                .CountBy(stored => stored.Type).OrderBy(entry => entry.Key, StringComparer.Ordinal).ToList();
            var (was, is_) = (All(before), All(after));
            var changes = was.Keys.Union(is_.Keys)
                .Select(name => (Name: name, Was: was.GetValueOrDefault(name, "none"), Is: is_.GetValueOrDefault(name, "none")))
                .Where(row => row.Was != row.Is).ToList();
            if (run.Json)
                JournalRun.Print(
                    new
                    {
                        before.Account,
                        From = from,
                        To = to,
                        FromVersion = began.Version,
                        ToVersion = last.Version,
                        WithLaterTimes = began.Ahead.Concat(last.Ahead).Distinct(),
                        Events = events.ToDictionary(),
                        Changes = changes.Select(row => new { row.Name, row.Was, row.Is })
                    });
            else
            {
                Console.WriteLine(Words.Text($"account {before.Account} from {Words.Time(from)} to {Words.Time(to)} UTC: ")
                    + Words.Text(
                        $"{(events.Count == 0 ? "nothing happened"
                            : string.Join(", ", events.Select(entry => $"{entry.Value} {entry.Key}")))}"));
                TellClocks(last);
                if (changes.Count > 0)
                    Write(changes.Select(row => new[] { row.Name, row.Was, row.Is }), "", Words.Time(from), Words.Time(to));
            }
            return JournalOptions.Clean;
        });
        return command;
    }

    private static void TellClocks(StreamAt stood)
    {
        if (stood.Ahead is [var first, ..])
            Console.WriteLine(Words.Text($"clocks disagree: {Words.Count(stood.Ahead.Count, "event")} up to version {stood.Version} ")
                + Words.Text($"carry a later time, the first is version {first}; ")
                + "what was written before the version had happened all the same");
    }

    private static Dictionary<string, string> All(Portfolio state) =>
        Views.SelectMany(what => Rows(state, what)).ToDictionary(row => row.Name, row => row.Value);

    private static List<(string Name, string Value)> Rows(Portfolio state, string what) => what switch
    {
        "limits" => [("limits version", Words.Text($"{state.LimitsVersion}")), ("limits set by", state.LimitsBy ?? "–"),
            .. state.Limits is { } limits ? Flat(JsonSerializer.SerializeToElement(limits, JournalRun.Indented), "") : []],
        "state" => [("trading", Words.Lower(state.State)), ("prices", state.MarketData),
            ("open orders", Words.Text($"{state.Reservations.Count}")), .. state.Reservations.Select(open =>
                ($"order of {open.Key}", $"{Words.Lower(open.Value.Side)} {Words.Exact(open.Value.Quantity)} {open.Value.Symbol}"))],
        _ =>
        [
            ("cash USD", Words.Exact(state.CashUsd)), ("reserved USD", Words.Exact(state.ReservedUsd())),
            .. state.Positions.SelectMany(held => new[] { (held.Key, Words.Exact(held.Value.Quantity)),
                ($"{held.Key} cost USD", Words.Exact(held.Value.CostUsd)), ($"{held.Key} last price", Words.Exact(held.Value.LastPrice)) }),
            ("equity USD at last settlements' prices", Words.Exact(state.EquityUsd("", 0))),
            ("realised USD", Words.Exact(state.RealisedUsd)), ("fees USD", Words.Exact(state.FeesUsd)),
            ("paid in and out USD", Words.Exact(state.AdjustedUsd)), ("trades settled", Words.Text($"{state.TradesSettled}")),
        ],
    };

    private static IEnumerable<(string, string)> Flat(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject().SelectMany(entry => Flat(entry.Value, path.Length > 0 ? $"{path}.{entry.Name}" : entry.Name))
        : [(path, element.ToString())];

    private static void Write(IEnumerable<string[]> rows, params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(columns);
        table.ShowHeaders = columns.Any(column => column.Length > 0);
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned();
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        Terminal.Output.Write(table);
    }
}
