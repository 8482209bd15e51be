using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.LocalServers;
using Trading.MarketData;
using Trading.Services.Feeds;

namespace Trading.Cli.Data;

/// <summary>What a command on the price history works with.</summary>
/// <param name="Parsed">Its switches.</param>
/// <param name="Settings">The settings, valid.</param>
/// <param name="Opened">The history; null where the command needs none.</param>
/// <param name="Symbol">Which prices.</param>
/// <param name="From">First instant (UTC); null for the command's own.</param>
/// <param name="To">The instant before which to stop (UTC); null for the command's own.</param>
/// <param name="Json">Whether the answer is to be JSON.</param>
/// <param name="Journal">The journal in whose database the history is; null where the history is elsewhere.</param>
/// <param name="Cancellation">Ends the command.</param>
public sealed record DataRun(
    ParseResult Parsed, TradingSettings Settings, IPriceHistory? Opened, string Symbol, DateTimeOffset? From, DateTimeOffset? To,
    bool Json, TradeJournal? Journal, CancellationToken Cancellation)
{
    /// <summary>The history.</summary>
    public IPriceHistory History => Opened ?? throw new InvalidOperationException("This command runs without the price history.");

    /// <summary>Seconds from one price to the next.</summary>
    public int IntervalSeconds => Settings.PriceIntervalSeconds;

    /// <summary>The candles that lie whole within the period: open time of the first, and end of the last.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public (long From, long To) WholeCandles()
    {
        var from = (FromUnixSeconds + IntervalSeconds - 1) / IntervalSeconds * IntervalSeconds;
        var to = ToUnixSeconds / IntervalSeconds * IntervalSeconds;
        return from < to ? (from, to) : throw new CommandException("the period holds no candle that has closed");
    }

    /// <summary>The end that was asked for, or the last interval that has begun.</summary>
    public long ToUnixSeconds => Math.Min(To?.ToUnixTimeSeconds() ?? long.MaxValue,
        TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / IntervalSeconds * IntervalSeconds + 1);

    /// <summary>The begin that was asked for, or some days before the end.</summary>
    public long FromUnixSeconds => From?.ToUnixTimeSeconds() ?? ToUnixSeconds - Math.Max(1, Settings.BackfillDays) * 86_400L;
}

/// <summary>The switches that all commands on the price history share, and how they run.</summary>
public sealed class DataOptions
{
    private readonly JournalOptions _shared = new();
    private readonly Option<string> _symbol = new("--symbol")
    { Description = "which prices; the first of Trading:Symbols by default", HelpName = "symbol" };
    private readonly Option<string> _from = new("--from")
    { Description = "first instant, UTC; Trading:BackfillDays before the end by default", HelpName = "time" };
    private readonly Option<string> _to = new("--to")
    { Description = "instant before which to stop, UTC; now by default", HelpName = "time" };

    /// <summary>Gives a command the switches and what it does on the history.</summary>
    /// <param name="command">The command.</param>
    /// <param name="creates">Whether a table that is missing is created where the settings ask for that.</param>
    /// <param name="act">What it does.</param>
    /// <param name="withoutHistory">Says whether it needs no history, so that none is opened; null for always one.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next; null for those of the settings.</param>
    public void Act(Command command, bool creates, Func<DataRun, Task<int>> act, Func<ParseResult, bool>? withoutHistory = null,
        Func<ParseResult, int>? intervalSeconds = null)
    {
        foreach (var option in new[] { _symbol, _from, _to })
            command.Options.Add(option);
        _shared.AddTo(command);
        command.SetAction(
            (parsed, cancellation) => JournalOptions.GuardAsync(() => GuardAsync(() =>
                RunAsync(parsed, creates, act, withoutHistory?.Invoke(parsed) == true, intervalSeconds?.Invoke(parsed), cancellation))));
    }

    // What can be wrong with a source or a file, in one line.
    private static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception wrong) when (wrong is PriceFeedException or CandleFileException or BacktestException)
        {
            throw new CommandException(wrong.Message);
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, bool creates, Func<DataRun, Task<int>> act, bool withoutHistory,
        int? intervalSeconds, CancellationToken cancellation)
    {
        var settings = _shared.Read(parsed);
        settings = settings with { PriceIntervalSeconds = intervalSeconds ?? settings.PriceIntervalSeconds };
        var symbol = parsed.GetValue(_symbol) ?? settings.Symbols[0];
        if (!Core.Plausibility.IsSymbol(symbol))
            throw new CommandException($"--symbol must be a symbol like BTC-USD, was {symbol}");
        var (from, to) = (Time(parsed, _from), Time(parsed, _to));
        if (from >= to)
            throw new CommandException($"--to must be later than --from ({from:u}), was {to:u}");

        if (withoutHistory)
            return await act(new(parsed, settings, null, symbol, from, to, parsed.GetValue(_shared.Json), null, cancellation));
        if (PriceStores.HistoryElsewhere(settings) is { } elsewhere)
        {
            using var owned = elsewhere as IDisposable;
            if (creates)
                await elsewhere.PrepareAsync(cancellation);
            return await act(new(parsed, settings, elsewhere, symbol, from, to, parsed.GetValue(_shared.Json), null, cancellation));
        }
        await using var server = IsThere(settings)
            ? await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation)
            : await JournalServer.StartAsync(settings, default, NullLogger.Instance, cancellation);
        await using var prices = new PriceHistory(server.ConnectionString);
        var history = new PostgresPrices(prices);
        await history.PrepareAsync(cancellation);
        await using var journal = creates
            ? await WritableJournal.OpenAsync(server.ConnectionString, settings, "data", cancellation) : null;
        return await act(new(parsed, settings, history, symbol, from, to, parsed.GetValue(_shared.Json), journal, cancellation));
    }

    // A private server that another program runs is used as it is; every other one is started, or asked for the database, here.
    private static bool IsThere(TradingSettings settings) =>
        settings.Journal == JournalKind.Local && LocalPostgres.RunningConnection(settings.JournalFolder) is not null;

    private static DateTimeOffset? Time(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is { } text ? EventRange.Time(option.Name, text) : null;
}
