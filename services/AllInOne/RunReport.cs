using System.Globalization;
using Spectre.Console;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;

namespace Trading.AllInOne;

/// <summary>The table at the end: read from the journal, not from what the program remembers.</summary>
public sealed class RunReport(TradeJournal journal, TradingSettings settings, IAnsiConsole console, IServiceProvider services)
    : IHostedService
{
    // A recorded run is reported whole, also when it was stopped and begun again; of live trading, what this program did.
    private long _before;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken) =>
        _before = settings.Feed.IsPlayed() ? 0 : await JournalReader.LastSequenceAsync(journal.Database, cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Prints the table; gives the exit code: 1 when the journal does not add up.</summary>
    public async Task<int> PrintAsync()
    {
        var summary = new RunSummary();
        await foreach (var stored in JournalReader.ReadAsync(journal.Database, _before))
            summary.Add(stored.Event());
        if (summary is not { StartEquityUsd: { } startUsd, Held: { } held })
        {
            console.WriteLine("No decision was made.");
            return 0;
        }

        var account = await journal.AccountAsync(settings.Account, CancellationToken.None);
        // A terminal shows ^C where it was pressed: the table begins on the next line.
        if (console.Profile.Capabilities.Interactive)
            console.WriteLine();
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));

        Row("prices", $"{held.First.Symbol}, {Figures.Minute(held.First.IntervalStart)} to {Figures.Minute(held.Newest.IntervalStart)} "
            + $"UTC, {(held.Newest.Simulated ? "SIMULATED" : settings.Feed.ToString().ToLowerInvariant())}{Partial()}");
        var refused = summary.Refusals.Values.Sum();
        Row("decisions", Number($"{summary.Decisions:N0}: {Figures.Count(summary.Holds, "hold")}, {refused:N0} refused, ")
            + Number($"{summary.Decisions - summary.Holds - refused:N0} approved"));
        foreach (var (rule, count) in summary.Refusals.OrderByDescending(entry => entry.Value))
            Row("  refused by", Number($"{RuleNames.Of(rule)}: {count:N0}"));
        Row("trades", Number($"{summary.Buys + summary.Sales:N0}: {Figures.Count(summary.Buys, "buy")}, ")
            + Number($"{Figures.Count(summary.Sales, "sale")}{(summary.Unfilled > 0 ? $", {summary.Unfilled:N0} not filled" : "")}"));
        Row("fees", $"{Figures.Money(summary.FeesUsd)} USD");
        Row("equity", $"{Figures.Money(startUsd)} to {Figures.Money(summary.EndEquityUsd)} USD");
        Row("profit", $"{Figures.SignedMoney(summary.EndEquityUsd - startUsd)} USD, "
            + Figures.Change((summary.EndEquityUsd / startUsd - 1) * 100));
        Row("max drawdown", Figures.Share(summary.MaxDrawdown));
        Row("buy and hold", Figures.Change((held.Newest.Price / held.First.Price - 1) * 100));
        foreach (var ((model, symbol), rate) in summary.HitRates.OrderBy(entry => entry.Key))
            Row("hit rate", $"{model} on {symbol}: {Figures.Share((decimal)rate.Share)} of "
                + Figures.Count(rate.Signals, "directional prediction"));
        var addsUp = Check(summary, account, out var verdict);
        Row("journal", $"{Figures.Count(summary.Events, "event")}; {verdict}");
        console.Write(table);
        if (services.GetService<RecordedRun>() is { Refused: > 0 } run)
            Console.Error.WriteLine($"{Figures.Count(run.Refused, "row")} of the data could not be used, for example {run.RefusedRows[0]}");
        return addsUp ? 0 : 1;
    }

    /// <summary>Says what can be done with what was seen.</summary>
    public void PrintNextSteps()
    {
        Console.WriteLine("What next?");
        if (services.GetRequiredService<TradingView>().LastTradeId is { } trade)
            Step("why was the last trade made?", $"trading audit why {$"{trade}"[..8]} --latest");
        Step("its rule on the 60 days before", "trading backtest --from-store --latest"
            + (settings.Profile == TradingSettings.DefaultProfile ? "" : $" --set Profile={settings.Profile}"));
        Step("settings of your own", "trading init");
        Step("live prices, still on paper", "trading run");

        static void Step(string what, string command) => Console.WriteLine($"  {what,-34}{command}");
    }

    private bool Check(RunSummary summary, Loaded<Portfolio>? account, out string verdict)
    {
        if (account is null)
        {
            verdict = "no account";
            return true;
        }

        // A stretch that begins after the account was opened cannot be folded from nothing; the stored state is then the only one.
        var state = summary.Account ?? account.State;
        var folded = summary.Account is null || (state.CashUsd == account.State.CashUsd && state.RealisedUsd == account.State.RealisedUsd
            && state.FeesUsd == account.State.FeesUsd && state.Positions.SequenceEqual(account.State.Positions));
        var addsUp = summary.Account is null || RunSummary.AddsUp(state, settings.StartingCashUsd);
        verdict = !folded ? "THE STORED ACCOUNT DIFFERS FROM ITS EVENTS"
            : !addsUp ? "THE MONEY DOES NOT ADD UP"
            : summary.Account is null ? $"cash {Figures.Money(state.CashUsd)} USD"
            : $"the account adds up: cash {Figures.Money(state.CashUsd)} + cost of positions = "
                + "start + profit of sales - fees";
        return folded && addsUp;
    }

    private string Partial() => settings.Feed == FeedKind.Recorded && services.GetService<RecordedRun>() is { Completed: false }
        ? ", STOPPED BEFORE THE END" : "";

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
