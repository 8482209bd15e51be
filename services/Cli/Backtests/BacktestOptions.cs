using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Cli.Audit;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Backtests;

/// <summary>A command that cannot be run: one line, and the exit code.</summary>
public sealed class BacktestException(string message, int exitCode = BacktestOptions.CouldNotRun) : Exception(message)
{
    /// <summary>The code that the program ends with.</summary>
    public int ExitCode => exitCode;
}

/// <summary>The switches by which every command on the past finds its data, its settings and its strategy.</summary>
public sealed class BacktestOptions
{
    /// <summary>The command could not be run.</summary>
    public const int CouldNotRun = 2;

    /// <summary>The command was stopped before its end; what it had done by then has been told.</summary>
    public const int Interrupted = 130;

    private readonly Option<string[]> _data = new("--data") { Description = "candles or trades, .csv or .csv.gz, in the order of their times", HelpName = "file", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _store = new("--from-store") { Description = "the price history (Trading:PriceHistory), in place of files" };
    private readonly Option<string?> _from = new("--from") { Description = "first open time, UTC", HelpName = "time" };
    private readonly Option<string?> _to = new("--to") { Description = "open time of the first bar that is left out again, UTC", HelpName = "time" };
    private readonly Option<string?> _resample = new("--resample") { Description = "bars of this length, for example 5m, 1h or 1d; trades become bars of 1s unless said otherwise", HelpName = "length" };
    private readonly Option<FileInfo?> _file = new("--settings") { Description = "JSON file with settings, as the services take it", HelpName = "file" };
    private readonly Option<string[]> _set = new("--set") { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };
    private readonly Option<string?> _strategy = new("--strategy") { Description = "what decides: ensemble, breakout, sma-crossover, sma-momentum", HelpName = "name" };
    private readonly Option<decimal?> _quantity = new("--quantity") { Description = "units of each order of the rule by itself, one position at a time; without it orders go through the account's limits as in live trading", HelpName = "units" };
    private readonly Option<decimal?> _cash = new("--cash") { Description = "cash at the start (StartingCashUsd)", HelpName = "usd" };
    private readonly Option<bool> _atClose = new("--at-close") { Description = "fill at the close at once, as the paper exchange does at the observed price, to compare with a recorded run" };

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _data, _store, _from, _to, _resample, _file, _set, _strategy, _quantity, _cash, _atClose })
            command.Options.Add(option);
    }

    /// <summary>Runs what may fail for reasons that the user can put right; each is one line and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await AuditOptions.GuardAsync(act);
        }
        catch (BacktestException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return wrong.ExitCode;
        }
        catch (Exception wrong) when (wrong is CandleFileException or ArgumentException)
        {
            Console.Error.WriteLine($"trading: {wrong.Message.Split(" (Parameter")[0]}");
            return CouldNotRun;
        }
    }

    /// <summary>The settings that switches, file and environment give.</summary>
    public TradingSettings Settings(ParseResult parsed)
    {
        var args = new List<string>();
        if (parsed.GetValue(_file) is { } file)
            args.AddRange(["--settings", file.FullName]);
        foreach (var pair in parsed.GetValue(_set) ?? [])
            args.AddRange(["--set", pair]);
        if (parsed.GetValue(_strategy) is { } strategy)
            args.AddRange(["--set", $"Strategy={strategy}"]);
        if (parsed.GetValue(_cash) is { } cash)
            args.AddRange(["--set", string.Create(CultureInfo.InvariantCulture, $"StartingCashUsd={cash}")]);
        return CommandLine.Read([.. args], "trading", "", settings => settings, out var exitCode)?.Settings
            ?? throw new BacktestException("the settings above cannot be used", exitCode);
    }

    /// <summary>The plan for data of an interval.</summary>
    public BacktestPlan Plan(ParseResult parsed, TradingSettings settings, int intervalSeconds) =>
        new(settings, intervalSeconds, parsed.GetValue(_quantity) is { } quantity
            ? quantity > 0 ? quantity : throw new BacktestException($"--quantity must be above 0, was {quantity}")
            : null, parsed.GetValue(_atClose) ? FillTiming.AtClose : FillTiming.NextBar);

    /// <summary>The files that were named.</summary>
    public IReadOnlyList<string> Files(ParseResult parsed) => parsed.GetValue(_data) ?? [];

    /// <summary>The first open time; null where none was named.</summary>
    public DateTimeOffset? From(ParseResult parsed) => Time("--from", parsed.GetValue(_from));

    /// <summary>Opens the data.</summary>
    /// <param name="parsed">The switches.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="earlier">Whether what is from before --from comes too.</param>
    public async Task<ICandleSource> OpenAsync(ParseResult parsed, TradingSettings settings, CancellationToken cancellation, bool earlier = false)
    {
        var files = Files(parsed);
        var (from, to) = (earlier ? null : From(parsed), Time("--to", parsed.GetValue(_to)));
        int? interval = parsed.GetValue(_resample) is { } length ? Seconds(length) : null;
        if (parsed.GetValue(_store) == (files.Count > 0))
            throw new BacktestException(files.Count > 0 ? "--data and --from-store cannot both be the data" : "which data? --data file.csv.gz, or --from-store");
        if (parsed.GetValue(_store))
            return Resampled(await StoredAsync(settings, from, to, cancellation), interval);
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
            throw new BacktestException($"{missing} does not exist");
        return TradeFile.Holds(files[0]) ? new TradeFile(files, interval ?? 1, from, to) : Resampled(new CandleFile(files, from, to), interval);
    }

    private static ICandleSource Resampled(ICandleSource source, int? interval) =>
        interval is { } seconds && seconds != source.IntervalSeconds ? new ResampledCandles(source, seconds) : source;

    private static async Task<ICandleSource> StoredAsync(TradingSettings settings, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        if (Stores.HistoryElsewhere(settings) is { } elsewhere)
        {
            using var owned = elsewhere as IDisposable;
            return await StoredAsync(elsewhere, settings, from, to, cancellation);
        }
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var prices = new PriceHistory(server.ConnectionString);
        return await StoredAsync(new PostgresPrices(prices), settings, from, to, cancellation);
    }

    private static async Task<ICandleSource> StoredAsync(IPriceHistory history, TradingSettings settings, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellation)
    {
        var (symbol, interval) = (settings.Symbols[0], settings.PriceIntervalSeconds);
        // A price holds from the end of its candle on.
        var (begin, end) = ((from?.ToUnixTimeSeconds() ?? 0) + interval, (to ?? DateTimeOffset.MaxValue).ToUnixTimeSeconds() + interval - 1);
        IReadOnlyList<PricePoint> points;
        try
        {
            points = await history.BetweenAsync(symbol, interval, begin, end, cancellation);
        }
        catch (StoreException missing) when (missing.InnerException is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            throw new BacktestException("the journal's database holds no price history");
        }
        return points.Count > 1 ? new StoredCandles(points, interval)
            : throw new BacktestException($"the price history holds {points.Count} prices of {symbol} every {interval} s in the period; at least two are needed");
    }

    private static DateTimeOffset? Time(string name, string? given) => given is null ? null : AuditRange.Time(name, given);

    private static int Seconds(string length)
    {
        var unit = length.Length > 1 ? length[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 } : 0;
        return unit > 0 && int.TryParse(length[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && (long)count * unit <= 31 * 86_400
            ? count * unit
            : throw new BacktestException($"--resample takes a length like 30s, 5m, 1h or 1d, up to 31d, was {length}");
    }
}
