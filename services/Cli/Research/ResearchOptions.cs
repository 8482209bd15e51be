using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Cli.Research;

/// <summary>The switches that the commands of research share: those of a backtest, and the seed.</summary>
public sealed class ResearchOptions
{
    private const int Block = 65_536;

    /// <summary>The switches.</summary>
    /// <param name="readsJournal">Whether the command reads a journal beside the data, also without --from-store.</param>
    public ResearchOptions(bool readsJournal = false) => Backtest = new(readsJournal);

    /// <summary>Data, settings and strategy, as a backtest takes them.</summary>
    public BacktestOptions Backtest { get; }

    /// <summary>The switch for JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "as JSON" };

    /// <summary>The switch for the seed.</summary>
    public Option<ulong> Seed { get; } = new("--seed")
    { Description = "seed of whatever is drawn at random", HelpName = "number", DefaultValueFactory = _ => 1 };

    /// <summary>Adds the switches of data and strategy to a command.</summary>
    public void AddTo(Command command)
    {
        Backtest.AddTo(command);
        command.Options.Add(Seed);
        command.Options.Add(Json);
    }

    /// <summary>Reads all data into memory, also what is from before --from, for warming up.</summary>
    /// <param name="parsed">The switches.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BacktestException">There are none.</exception>
    public Task<ResearchData> LoadAsync(ParseResult parsed, CancellationToken cancellation) =>
        LoadAsync(parsed, Backtest.Settings(parsed), cancellation);

    /// <summary>The same, with settings that have been read already.</summary>
    /// <param name="parsed">The switches.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BacktestException">There are none.</exception>
    public async Task<ResearchData> LoadAsync(ParseResult parsed, TradingSettings settings, CancellationToken cancellation)
    {
        using var source = await Backtest.OpenAsync(parsed, settings, cancellation, whole: true);
        var candles = new List<Candle>();
        var block = new Candle[Block];
        while (source.Read(block) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            candles.AddRange(block.AsSpan(0, count));
        }
        foreach (var line in source.Notes.Lines())
            Console.Error.WriteLine(line);
        var plan = Backtest.PlanWithDetail(parsed, settings, source.IntervalSeconds);
        if (plan.Warning is { } warning)
            Console.Error.WriteLine($"warning: {warning}");
        var from = Backtest.From(parsed)?.ToUnixTimeSeconds() ?? long.MinValue;
        var earlier = candles.TakeWhile(candle => candle.OpenTimeUnixSeconds < from).Count();
        return candles.Count > earlier ? new(plan, [.. candles], earlier, source.Taker)
            : throw new BacktestException("the data hold no bar in the period");
    }
}
