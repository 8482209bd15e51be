using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>
/// The trades of a journal beside those of the backtest over the same time, trade by trade, with the reasons where they differ.
/// </summary>
public static class DriftCommand
{
    private const int Shown = 20;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions(readsJournal: true);
        var command = new Command(
            "drift",
            "Compares the trades of a journal, live or on paper, with those that the backtest makes on the given data over the same time, "
            + "and says why they differ: missing data, another price, another fill, another size, another decision. The backtest fills at "
            + "the close, as the paper exchange does at the observed price, begins with the account as it was at the journal's first price "
            + "within the data, ends with the last, and uses only as much earlier data as the journal's first decision had seen.\n"
            + "Example: trading drift --database live --data btcusdt_1m_2024.csv.gz --from 2024-03-01 --to 2024-03-08");
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            // What is from before --from is only looked at, as far back as the services had seen it.
            var data = await options.LoadAsync(parsed, cancellation);
            var from = Math.Max(data.Candles[0].OpenTimeUnixSeconds, options.Backtest.From(parsed)?.ToUnixTimeSeconds() ?? 0);
            var settings = data.Plan.Settings;
            var json = parsed.GetValue(options.Json);
            var made = await JournalOptions.SensibleAsync(() => JournaledTrades.ReadAsync(settings, data, from, json, cancellation));
            var tested = Test(data, settings, made);
            var lines = Drift.Compare(made.Trades, tested, made.Prices,
                data.Candles.ToDictionary(candle => candle.OpenTimeUnixSeconds + data.Plan.IntervalSeconds, candle => candle.Close));
            var limits = made.Limits is null || made.Limits == settings.Limits() ? null : "the account traded under other limits than "
                + "these settings give: a backtest with --set or --settings as the services had them says more";
            if (json)
                JournalRun.Print(new { Trades = made.Trades.Count, Tested = tested.Count, Warning = limits, Lines = lines });
            else
                Print(lines, made, tested, limits);
            return lines.All(line => line.Reason == DriftReason.None) ? 0 : JournalOptions.FoundWrong;
        }));
        return command;
    }

    private static List<DriftTrade> Test(ResearchData data, TradingSettings settings, JournaledTrades made)
    {
        var plan = data.Plan with { Settings = settings, Timing = FillTiming.AtClose };
        var (backtest, trader) = plan.Begin(made.Account);
        // A price holds from the close of its candle on: the candle before the first decision's opens one interval earlier.
        var (begin, end) = (data.Place(made.First - plan.IntervalSeconds), data.Place(made.Last));
        // Daily closes are back-filled, however short the services' own history was.
        var known = Math.Min(begin, data.Place(Math.Min(made.Knew, plan.WarmUpSeconds > 0 ? made.First - plan.WarmUpSeconds : made.Knew)));
        ResearchData.Show(trader, data.Candles.AsSpan(known, begin - known), plan.IntervalSeconds);
        backtest.Add(data.Candles.AsSpan(begin, Math.Max(0, end - begin)));
        return [.. backtest.Result().Fills.Where(fill => fill.Execution.Quantity > 0)
            .Select(fill =>
                new DriftTrade(fill.AtUnixSeconds, fill.Side, fill.Execution.Quantity, fill.Execution.Price, fill.Execution.FeeUsd))];
    }

    private static void Print(IReadOnlyList<DriftLine> lines, JournaledTrades made, List<DriftTrade> tested, string? warning)
    {
        Console.WriteLine(Text($"{made.Trades.Count:N0} trades in the journal, {tested.Count:N0} in the backtest, ")
            + Text($"from {Minute(made.First)} to {Minute(made.Last)} UTC"));
        if (warning is not null)
            Line($"warning: {warning}");
        foreach (var group in lines.GroupBy(line => line.Reason).OrderBy(group => group.Key))
            Line($"  {group.Count(),8:N0}  {Words(group.Key),-42} {group.Sum(line => line.CashUsd),14:+#,0.00;-#,0.00;0.00} USD");
        var drifting = lines.Where(line => line.Reason != DriftReason.None).ToList();
        if (drifting.Count == 0)
        {
            Line($"0 differences: the backtest makes the same trades, amount by amount");
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns("price of (UTC)", "journal", "backtest", "why")
            .AddColumn(new TableColumn("cash").RightAligned());
        foreach (var line in drifting.Take(Shown))
            table.AddRow(new Text(Minute(line.At)), new Text(Story(line.Traded)), new Text(Story(line.Tested)), new Text(line.Detail ?? ""),
                new Text(Text($"{line.CashUsd:+#,0.00;-#,0.00;0.00}")));
        Terminal.Output.Write(table);
        if (drifting.Count > Shown)
            Line($"... and {drifting.Count - Shown:N0} more; --json has all");
    }

    private static string Story(DriftTrade? trade) =>
        trade is null ? "–" : Text($"{trade.Side.ToString().ToLowerInvariant()} {trade.Quantity} at {trade.Price:#,0.00}");

    private static string Words(DriftReason reason) => reason switch
    {
        DriftReason.None => "the same to the last digit",
        DriftReason.MissingData => "missing data",
        DriftReason.Price => "another price",
        DriftReason.Fill => "another fill of the same order",
        DriftReason.Size => "another size",
        _ => "another decision",
    };
}
