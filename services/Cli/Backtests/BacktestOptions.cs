using System.CommandLine;
using System.Globalization;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>The switches by which every command on the past finds its data, its settings and its strategy.</summary>
public sealed class BacktestOptions
{
    /// <summary>The command could not be run.</summary>
    public const int CouldNotRun = 2;

    private readonly bool _readsJournal;

    private readonly Option<string[]> _data = new("--data")
    {
        Description = "candles or trades, in any usual form and order: CSV, JSON or feather, also in gzip or zip; of several symbols "
            + "(trading backtest) each file says its own, as BTC-USD=file",
        HelpName = "file",
        AllowMultipleArgumentsPerToken = true
    };
    private readonly Option<bool> _store =
        new("--from-store") { Description = "the price history (Trading:PriceHistory), in place of files" };
    private readonly Option<string?> _from = new("--from") { Description = "first open time, UTC", HelpName = "time" };
    private readonly Option<string?> _to = new("--to")
    { Description = "end of the period: bars that open at this time or later are not used, UTC", HelpName = "time" };
    private readonly Option<string?> _resample = new("--resample")
    { Description = "bars of this length, for example 5m, 1h or 1d; trades become bars of 1s unless said otherwise", HelpName = "length" };
    private readonly Option<string?> _format = new("--format")
    { Description = "what the rows of --data are, where they do not say it: candles or trades", HelpName = "kind" };
    private readonly Option<string?> _columns = new("--columns")
    { Description = "the place of each column, from 0, as time=0,open=1,high=2,low=3,close=4,volume=5", HelpName = "places" };
    private readonly Option<string?> _timeUnit = new("--time-unit")
    { Description = "s, ms, us or ns of times that are numbers; dmy, mdy or ymd of dates", HelpName = "unit" };
    private readonly Option<string?> _duplicates = new("--duplicates")
    { Description = "which of two rows of one time counts where they differ: first or last", HelpName = "which" };
    private readonly Option<bool> _strict =
        new("--strict") { Description = "refuse data with rows that cannot be used, are doubled, missing or out of order" };
    private readonly Option<string?> _database;
    private readonly Option<bool> _latest;
    private readonly SettingsSwitches _settings = new();
    private readonly Option<string?> _strategy = new("--strategy")
    { Description = $"what decides: {string.Join(", ", TradingStrategies.Names)}", HelpName = "name" };
    private readonly Option<DirectoryInfo?> _strategies = new("--strategies")
    { Description = "folder with class libraries of strategies of one's own (StrategyFolder)", HelpName = "folder" };
    private readonly Option<string?> _size = new("--size", "--quantity")
    {
        Description = "plays the rule by itself, with this much a purchase: units like 0.01, 1000usd, 25% of equity, or all; without it "
            + "orders go through the account's limits as in live trading",
        HelpName = "size"
    };
    private readonly Option<string?> _detail = new("--detail")
    {
        Description = "finer bars of the same market, which decide what was reached first within a bar: a file, or a length like 1m "
            + "for which --data holds the bars",
        HelpName = "file|length"
    };
    private readonly Option<decimal?> _cash = new("--cash") { Description = "cash at the start (StartingCashUsd)", HelpName = "usd" };
    private readonly Option<bool> _atClose = new("--at-close")
    { Description = "fill at the close at once, as the paper exchange does at the observed price, to compare with a recorded run" };

    /// <summary>The switches.</summary>
    /// <param name="readsJournal">Whether the command reads a journal beside the data, also without --from-store.</param>
    public BacktestOptions(bool readsJournal = false)
    {
        _readsJournal = readsJournal;
        var forStore = readsJournal ? "" : "for --from-store: ";
        _database = new("--database")
        {
            Description = $"{forStore}database of the journal; not needed where there is only one, or a program uses one",
            HelpName = "name",
        };
        _latest = new("--latest") { Description = $"{forStore}the newest journal, in place of --database" };
    }

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
            { _data, _format, _columns, _timeUnit, _duplicates, _strict, _store, _database, _latest, _from, _to, _resample })
            command.Options.Add(option);
        _settings.AddTo(command);
        foreach (var option in new Option[] { _strategies, _strategy, _size, _detail, _cash, _atClose })
            command.Options.Add(option);
    }

    /// <summary>Adds those of files alone.</summary>
    public void AddFilesTo(Command command)
    {
        foreach (var option in new Option[] { _data, _format, _columns, _timeUnit, _duplicates, _strict, _from, _to, _resample })
            command.Options.Add(option);
    }

    /// <summary>Opens the files, all of them read and in order.</summary>
    public ICandleSource OpenFiles(ParseResult parsed)
    {
        var files = Files(parsed);
        int? interval = parsed.GetValue(_resample) is { } length ? Seconds("--resample", length) : null;
        return files.Count == 0 ? throw new BacktestException("which data? --data file")
            : Resampled(MarketFiles.Open(
                files, Reading(parsed), interval, From(parsed), Time("--to", parsed.GetValue(_to)), whole: true), interval);
    }

    /// <summary>Runs what may fail for reasons that the user can put right; each is one line and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await JournalOptions.GuardAsync(act);
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
    /// <exception cref="SettingsRefusedException">They cannot be used.</exception>
    public TradingSettings Settings(ParseResult parsed)
    {
        var args = new List<string>();
        if (parsed.GetValue(_strategies) is { } folder)
            args.AddRange(["--set", $"StrategyFolder={folder.FullName}"]);
        if (NamedFiles.Symbols(Given(parsed)) is { Count: > 0 } symbols)
            args.AddRange(["--set", $"Symbols={string.Join(',', symbols)}"]);
        if (parsed.GetValue(_strategy) is { } strategy)
            args.AddRange(["--set", $"Strategy={strategy}"]);
        if ((parsed.GetValue(_latest) ? JournalChoice.Latest : parsed.GetValue(_database)) is { } database)
            args.AddRange(["--database", _readsJournal || parsed.GetValue(_store) ? database
                : throw new BacktestException("--database and --latest belong to --from-store: else nothing is read from a database")]);
        if (parsed.GetValue(_cash) is { } cash)
            args.AddRange(["--set", string.Create(CultureInfo.InvariantCulture, $"StartingCashUsd={cash}")]);
        return _settings.Read(parsed, args);
    }

    /// <summary>The plan for data of an interval.</summary>
    public BacktestPlan Plan(ParseResult parsed, TradingSettings settings, int intervalSeconds) =>
        new(settings, intervalSeconds, Size(parsed), parsed.GetValue(_atClose) ? FillTiming.AtClose : FillTiming.NextBar);

    /// <summary>The plan, with the finer bars that --detail names.</summary>
    public BacktestPlan PlanWithDetail(ParseResult parsed, TradingSettings settings, int intervalSeconds) =>
        Plan(parsed, settings, intervalSeconds) is var plan && Detail(parsed, settings.Symbols[0], intervalSeconds) is { } detail
            ? plan with { Detail = detail } : plan;

    /// <summary>The finer bars of a symbol that --detail names; null where it was not given.</summary>
    public Candle[]? Detail(ParseResult parsed, string symbol, int intervalSeconds)
    {
        if (parsed.GetValue(_detail) is not { } named)
            return null;
        var length = File.Exists(named) ? (int?)null : Seconds("--detail", named);
        if (length is null && NamedFiles.Symbols(Given(parsed)).Count > 1)
            throw new BacktestException("--detail with several symbols takes a length, whose bars are in --data");
        var files = length is null ? [named] : NamedFiles.PathsOf(Given(parsed), symbol);
        if (files.Count == 0)
            throw new BacktestException("--detail with a length takes its bars from --data; name a file in place of it");
        using var source = Resampled(MarketFiles.Open(files, Reading(parsed), null, From(parsed), Time("--to", parsed.GetValue(_to)),
            earlier: true, whole: true), length);
        if (source.IntervalSeconds >= intervalSeconds)
            throw new BacktestException($"--detail must have shorter bars than the {BacktestSummary.Interval(intervalSeconds)} of the "
                + $"backtest, has {BacktestSummary.Interval(source.IntervalSeconds)}");
        return [.. source.All()];
    }

    private RuleSize? Size(ParseResult parsed)
    {
        try
        {
            return parsed.GetValue(_size) is { } size ? RuleSize.Parse(size) : null;
        }
        catch (FormatException wrong)
        {
            throw new BacktestException($"--size: {wrong.Message}");
        }
    }

    /// <summary>The files that were named.</summary>
    public IReadOnlyList<string> Files(ParseResult parsed) => NamedFiles.Paths(Given(parsed));

    /// <summary>The symbols whose data are played: those of the files, or of the settings where the data are the store's.</summary>
    public IReadOnlyList<string> Symbols(ParseResult parsed, TradingSettings settings) =>
        NamedFiles.Symbols(Given(parsed)) is { Count: > 0 } named ? named
            : parsed.GetValue(_store) ? settings.Symbols : [settings.Symbols[0]];

    private string[] Given(ParseResult parsed) => parsed.GetValue(_data) ?? [];

    /// <summary>The first open time; null where none was named.</summary>
    public DateTimeOffset? From(ParseResult parsed) => Time("--from", parsed.GetValue(_from));

    /// <summary>Opens the data. What is from before --from comes too, for warming up.</summary>
    /// <param name="parsed">The switches.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="whole">Whether all files are read first, so that their rows may stand in any order.</param>
    /// <param name="symbol">The symbol; null for the only one.</param>
    public async Task<ICandleSource> OpenAsync(
        ParseResult parsed, TradingSettings settings, CancellationToken cancellation, bool whole = false, string? symbol = null)
    {
        if (symbol is null && NamedFiles.Symbols(Given(parsed)) is { Count: > 1 } several)
            throw new BacktestException($"{string.Join(", ", several)}: several symbols in one run are for trading backtest alone");
        symbol ??= settings.Symbols[0];
        var files = NamedFiles.PathsOf(Given(parsed), symbol);
        var (from, to) = (From(parsed), Time("--to", parsed.GetValue(_to)));
        int? interval = parsed.GetValue(_resample) is { } length ? Seconds("--resample", length) : null;
        if (parsed.GetValue(_store) == (files.Count > 0))
            throw new BacktestException(
                files.Count > 0 ? "--data and --from-store cannot both be the data" : "which data? --data file.csv.gz, or --from-store");
        if (parsed.GetValue(_store))
        {
            var warmUp = (long)Plan(parsed, settings, interval ?? settings.PriceIntervalSeconds).WarmUpBars
                * (interval ?? settings.PriceIntervalSeconds);
            return Resampled(await StoredData.OpenAsync(settings, symbol, from?.AddSeconds(-warmUp), to, cancellation), interval);
        }
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
            throw new BacktestException($"{missing} does not exist");
        return Resampled(MarketFiles.Open(files, Reading(parsed), interval, from, to, earlier: true, whole), interval);
    }

    /// <summary>What the switches say of the files.</summary>
    public ReadOptions Reading(ParseResult parsed) => ReadOptions.Parse(parsed.GetValue(_format), parsed.GetValue(_columns),
        parsed.GetValue(_timeUnit), parsed.GetValue(_duplicates), parsed.GetValue(_strict));

    private static ICandleSource Resampled(ICandleSource source, int? interval) =>
        interval is { } seconds && seconds != source.IntervalSeconds ? new ResampledCandles(source, seconds) : source;

    private static DateTimeOffset? Time(string name, string? given) => given is null ? null : EventRange.Time(name, given);

    /// <summary>The seconds of a length like 5m.</summary>
    /// <exception cref="BacktestException">It is not a length; the message is one line.</exception>
    public static int Seconds(string name, string length)
    {
        var unit = length.Length > 1 ? length[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 } : 0;
        return unit > 0 && int.TryParse(length[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            && (long)count * unit <= 31 * 86_400
            ? count * unit
            : throw new BacktestException($"{name} takes a length like 30s, 5m, 1h or 1d, up to 31d, was {length}");
    }
}
