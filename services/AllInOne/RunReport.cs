using System.Globalization;
using Spectre.Console;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;
using Trading.Services;

namespace Trading.AllInOne;

/// <summary>The table at the end: read from the journal, not from what the program remembers.</summary>
public sealed class RunReport(TradeJournal journal, TradingSettings settings, IAnsiConsole console, IServiceProvider services) : IHostedService
{
    // A recorded run is told whole, also when it was stopped and begun again; of live trading, what this program did.
    private long _before;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken) =>
        _before = settings.Feed == FeedKind.Recorded ? 0 : await JournalReader.LastSequenceAsync(journal.Database, cancellationToken);

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
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));

        Row("prices", $"{held.First.Symbol}, {held.First.IntervalStart:yyyy-MM-dd HH:mm} to {held.Newest.IntervalStart:yyyy-MM-dd HH:mm} UTC, {settings.Feed.ToString().ToLowerInvariant()}{Partial()}");
        Row("decisions", Number($"{summary.Decisions:N0}: {summary.Holds:N0} holds, {summary.Refusals.Values.Sum():N0} refused, {summary.Decisions - summary.Holds - summary.Refusals.Values.Sum():N0} approved"));
        foreach (var (rule, count) in summary.Refusals.OrderByDescending(entry => entry.Value))
            Row("  refused by", Number($"{rule}: {count:N0}"));
        Row("trades", Number($"{summary.Buys + summary.Sales:N0}: {summary.Buys:N0} buys, {summary.Sales:N0} sales{(summary.Unfilled > 0 ? $", {summary.Unfilled:N0} not filled" : "")}"));
        Row("fees", Number($"{summary.FeesUsd:N2} USD"));
        Row("equity", Number($"{startUsd:N2} to {summary.EndEquityUsd:N2} USD"));
        Row("profit", Number($"{summary.EndEquityUsd - startUsd:+#,0.00;-#,0.00;0.00} USD, {(summary.EndEquityUsd / startUsd - 1) * 100:+0.000;-0.000;0.000} %"));
        Row("max drawdown", Number($"{summary.MaxDrawdown * 100:0.000} %"));
        Row("buy and hold", Number($"{(held.Newest.Price / held.First.Price - 1) * 100:+0.000;-0.000;0.000} %"));
        foreach (var ((model, symbol), rate) in summary.HitRates.OrderBy(entry => entry.Key))
            Row("hit rate", Number($"{model} on {symbol}: {rate.Share * 100:0.0} % of {rate.Signals:N0} directional predictions"));
        var addsUp = Check(summary, account, out var verdict);
        Row("journal", Number($"{summary.Events:N0} events; {verdict}"));
        console.Write(table);
        if (services.GetService<RecordedRun>() is { Refused: > 0 } run)
        {
            Console.Error.WriteLine(Number($"{run.Refused:N0} rows of the data were refused, for example {run.RefusedRows[0]}"));
        }
        return addsUp ? 0 : 1;
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
            : summary.Account is null ? $"cash {TradingView.Money(state.CashUsd)} USD"
            : $"the account folded from them is the stored one, and cash {TradingView.Money(state.CashUsd)} + cost of positions = start + profit of sales - fees";
        return folded && addsUp;
    }

    private string Partial() => services.GetService<RecordedRun>() is { Completed: false } ? ", STOPPED BEFORE THE END" : "";

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
