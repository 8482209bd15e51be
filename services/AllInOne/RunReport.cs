using System.Globalization;
using Spectre.Console;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Services;

namespace Trading.AllInOne;

/// <summary>The table at the end: read from the journal and the price history, not from what the program remembers.</summary>
public sealed class RunReport(TradeJournal journal, IPriceHistory history, TradingSettings settings, TimeProvider clock,
    IAnsiConsole console, IServiceProvider services) : IHostedService
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
        services.GetService<TradingView>()?.Flush();
        // A terminal shows ^C where it was pressed: what follows begins on the next line.
        if (console.Profile.Capabilities.Interactive)
            console.WriteLine();
        if (summary is not { StartEquityUsd: { } startUsd, Held: { } held })
        {
            console.WriteLine(settings.DecisionIntervalSeconds <= settings.PriceIntervalSeconds ? "No decision was made."
                : $"No decision was made: {settings.Strategy} decides every {Figures.Length(settings.DecisionIntervalSeconds)}.");
            return 0;
        }

        var account = await journal.AccountAsync(settings.Account, CancellationToken.None);
        var last = await LastPricesAsync();
        var later = last.TryGetValue(held.First.Symbol, out var seen) && seen.UnixSeconds > held.Newest.IntervalStart.ToUnixTimeSeconds();
        var (newest, newestAt) = later ? (seen.Price, DateTimeOffset.FromUnixTimeSeconds(seen.UnixSeconds))
            : (held.Newest.Price, held.Newest.IntervalStart);
        if (later && account is not null)
            summary.Value(account.State, last.ToDictionary(entry => entry.Key, entry => entry.Value.Price));
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));

        Row("prices", $"{held.First.Symbol}, {Figures.Minute(held.First.IntervalStart)} to {Figures.Minute(newestAt)} "
            + $"UTC, {(held.Newest.Simulated ? "SIMULATED" : settings.Feed.ToString().ToLowerInvariant())}{Partial()}");
        var refused = summary.Refusals.Values.Sum();
        Row("decisions", Number($"{summary.Decisions:N0}: {Figures.Count(summary.Holds, "hold")}, {refused:N0} refused, ")
            + Number($"{summary.Decisions - summary.Holds - refused:N0} approved"));
        foreach (var (rule, count) in summary.Refusals.OrderByDescending(entry => entry.Value))
            Row("  refused by", Number($"{RuleNames.Of(rule)}: {count:N0}"));
        Row("trades", Number($"{summary.Buys + summary.Sales:N0}: {Figures.Count(summary.Buys, "buy")}, ")
            + Number($"{Figures.Count(summary.Sales, "sale")}{(summary.Unfilled > 0 ? $", {summary.Unfilled:N0} not filled" : "")}"));
        Row("fees", $"{Figures.Money(summary.FeesUsd)} USD");
        Row("equity", $"{Figures.Money(startUsd)} to {Figures.Money(summary.EndEquityUsd)} USD"
            + (later ? $" at {newestAt.ToString("HH:mm", CultureInfo.InvariantCulture)}" : ""));
        Row("profit", $"{Figures.SignedMoney(summary.EndEquityUsd - startUsd)} USD, "
            + Figures.Change((summary.EndEquityUsd / startUsd - 1) * 100));
        Row("max drawdown", Figures.Share(summary.MaxDrawdown));
        Row("buy and hold", Figures.Change((newest / held.First.Price - 1) * 100));
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
        var width = console.Profile.Width;
        Console.WriteLine("What next?");
        if (services.GetRequiredService<TradingView>().SoFar.LastTradeId is { } trade)
            Step("why was the last trade made?", $"trading audit why {$"{trade}"[..8]} --latest");
        Step("its rule on the 60 days before", "trading backtest --from-store --latest"
            + (settings.Profile == TradingSettings.DefaultProfile ? "" : $" --set Profile={settings.Profile}"));
        Step("settings of your own", "trading init");
        Step("live prices, still on paper", "trading run");

        // A command is copied: on a narrow terminal it has a line of its own.
        void Step(string what, string command) => Console.WriteLine(
            $"  {what,-34}{command}" is var line && line.Length <= width ? line : $"  {what}\n    {command}");
    }

    // Of prices that no decision was made on the journal knows nothing.
    private async Task<Dictionary<string, PricePoint>> LastPricesAsync()
    {
        var prices = new Dictionary<string, PricePoint>();
        try
        {
            foreach (var symbol in settings.Symbols)
            {
                if (await history.LastAsync(symbol, settings.PriceIntervalSeconds, clock.GetUtcNow().ToUnixTimeSeconds(), 1,
                    CancellationToken.None) is [var point])
                    prices[symbol] = point;
            }
        }
        catch (StoreException unread)
        {
            Console.Error.WriteLine($"the equity is that of the last decision, for later prices cannot be read: {unread.Message}");
        }
        return prices;
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
