using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Cli.Audit;
using Trading.Hosting;
using Trading.Journal;
using Trading.Services.Feeds;

namespace Trading.Cli.Data;

/// <summary>What a command on the price history works with.</summary>
/// <param name="Parsed">Its switches.</param>
/// <param name="Settings">The settings, valid.</param>
/// <param name="History">The history.</param>
/// <param name="Symbol">Which prices.</param>
/// <param name="From">First instant (UTC); null for the command's own.</param>
/// <param name="To">The instant before which to stop (UTC); null for the command's own.</param>
/// <param name="Json">Whether the answer is to be JSON.</param>
/// <param name="Cancellation">Ends the command.</param>
public sealed record DataRun(
    ParseResult Parsed, TradingSettings Settings, IPriceHistory History, string Symbol, DateTimeOffset? From, DateTimeOffset? To, bool Json, CancellationToken Cancellation)
{
    /// <summary>Seconds from one price to the next.</summary>
    public int IntervalSeconds => Settings.PriceIntervalSeconds;

    /// <summary>The end that was asked for, or the last interval that has begun.</summary>
    public long ToUnixSeconds => Math.Min(To?.ToUnixTimeSeconds() ?? long.MaxValue, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / IntervalSeconds * IntervalSeconds + 1);

    /// <summary>The begin that was asked for, or some days before the end.</summary>
    public long FromUnixSeconds => From?.ToUnixTimeSeconds() ?? ToUnixSeconds - Math.Max(1, Settings.BackfillDays) * 86_400L;
}

/// <summary>The switches that all commands on the price history share, and how they run.</summary>
public sealed class DataOptions
{
    private readonly AuditOptions _shared = new();
    private readonly Option<string> _symbol = new("--symbol") { Description = "which prices; the first of Trading:Symbols when left out", HelpName = "symbol" };
    private readonly Option<string> _from = new("--from") { Description = "first instant, UTC; Trading:BackfillDays before the end when left out", HelpName = "time" };
    private readonly Option<string> _to = new("--to") { Description = "instant before which to stop, UTC; now when left out", HelpName = "time" };

    /// <summary>Gives a command the switches and what it does on the history.</summary>
    /// <param name="command">The command.</param>
    /// <param name="creates">Whether a table that is missing is created where the settings ask for that.</param>
    /// <param name="act">What it does.</param>
    public void Act(Command command, bool creates, Func<DataRun, Task<int>> act)
    {
        foreach (var option in new[] { _symbol, _from, _to })
            command.Options.Add(option);
        _shared.AddTo(command);
        command.SetAction((parsed, cancellation) => AuditOptions.GuardAsync(() => GuardAsync(() => RunAsync(parsed, creates, act, cancellation))));
    }

    // What can be wrong with a source or a file, in one line.
    private static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception wrong) when (wrong is PriceFeedException or CandleFileException)
        {
            throw new AuditException(wrong.Message);
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, bool creates, Func<DataRun, Task<int>> act, CancellationToken cancellation)
    {
        if (_shared.Read(parsed) is not { } settings)
            return AuditOptions.CouldNotRun;
        var symbol = parsed.GetValue(_symbol) ?? settings.Symbols[0];
        if (!Core.Plausibility.IsSymbol(symbol))
            throw new AuditException($"--symbol must be a symbol like BTC-USD, was {symbol}");
        var (from, to) = (Time(parsed, _from), Time(parsed, _to));
        if (from >= to)
            throw new AuditException($"--to must be later than --from ({from:u}), was {to:u}");

        if (Stores.HistoryElsewhere(settings) is { } elsewhere)
        {
            using var owned = elsewhere as IDisposable;
            if (creates)
                await elsewhere.PrepareAsync(cancellation);
            return await act(new(parsed, settings, elsewhere, symbol, from, to, parsed.GetValue(_shared.Json), cancellation));
        }
        await using var server = IsThere(settings)
            ? await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation)
            : await JournalServer.StartAsync(settings, default, NullLogger.Instance, cancellation);
        await using var prices = new PriceHistory(server.ConnectionString);
        var history = new PostgresPrices(prices);
        await history.PrepareAsync(cancellation);
        return await act(new(parsed, settings, history, symbol, from, to, parsed.GetValue(_shared.Json), cancellation));
    }

    // A private server that another program runs is used as it is; every other one is started, or asked for the database, here.
    private static bool IsThere(TradingSettings settings) => settings.Journal == JournalKind.Local && LocalPostgres.RunningConnection(settings.JournalFolder) is not null;

    private static DateTimeOffset? Time(ParseResult parsed, Option<string> option) => parsed.GetValue(option) is { } text ? AuditRange.Time(option.Name, text) : null;
}
