using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Research.Search;

namespace Trading.Cli.Research;

/// <summary>The switches that the commands of research share: those of a backtest, what is varied, and what is looked for.</summary>
public sealed class ResearchOptions
{
    private const int Block = 65_536;
    private const string BestFirst = "sharpe";

    private readonly Option<string[]> _parameters = new("--param")
    {
        Description =
            "what is varied: a parameter of the strategy or a setting, as name=from..to:step or name=value,value; may be repeated; "
            + "strategy.name and setting.name where both have the name",
        HelpName = "name=values"
    };
    private readonly Option<string[]> _objectives = new("--objective")
    {
        Description = $"what is looked for, the first before the others: {string.Join(", ", Objective.Names)}",
        HelpName = "name",
        AllowMultipleArgumentsPerToken = true
    };
    private readonly Option<string> _search = new("--search")
    {
        Description = "grid (every setting), random, evolution (NSGA-II), or tpe (tree-structured Parzen estimators)",
        HelpName = "kind",
        DefaultValueFactory = _ => "grid"
    };
    private readonly Option<int> _trials = new("--trials")
    { Description = "most settings that random, evolution and tpe try", HelpName = "number", DefaultValueFactory = _ => 500 };
    private readonly Option<ulong> _seed = new("--seed")
    { Description = "seed of whatever is drawn at random", HelpName = "number", DefaultValueFactory = _ => 1 };

    /// <summary>The switches.</summary>
    /// <param name="readsJournal">Whether the command reads a journal beside the data, also without --from-store.</param>
    public ResearchOptions(bool readsJournal = false) => Backtest = new(readsJournal);

    /// <summary>Data, settings and strategy, as a backtest takes them.</summary>
    public BacktestOptions Backtest { get; }

    /// <summary>The switch for JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "as JSON" };

    /// <summary>The switch for the seed.</summary>
    public Option<ulong> Seed => _seed;

    /// <summary>Adds the switches of data and strategy to a command.</summary>
    public void AddTo(Command command)
    {
        Backtest.AddTo(command);
        command.Options.Add(_seed);
        command.Options.Add(Json);
    }

    /// <summary>Adds the switches of a search, too.</summary>
    public void AddSearchTo(Command command)
    {
        foreach (var option in new Option[] { _parameters, _objectives, _search, _trials })
            command.Options.Add(option);
        AddTo(command);
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
        return candles.Count > earlier ? new(plan, [.. candles], earlier)
            : throw new BacktestException("the data hold no bar in the period");
    }

    /// <summary>What is varied.</summary>
    /// <exception cref="BacktestException">Nothing is, or not in a way that is allowed.</exception>
    public ParameterSpace Space(ParseResult parsed, TradingSettings settings)
    {
        var given = parsed.GetValue(_parameters) ?? [];
        if (given.Length == 0)
            throw new BacktestException("what is varied? for example --param fast=5..50:5 --param slow=20,50,100");
        try
        {
            var space = new ParameterSpace([.. given.Select(Parameter.Parse)]);
            // A name that is nobody's would be refused with every setting: rather at once, by the first.
            foreach (var parameter in space.Parameters)
                _ = Variation.Target(settings, parameter.Name);
            return space;
        }
        catch (FormatException wrong)
        {
            throw new BacktestException($"--param {wrong.Message}");
        }
    }

    /// <summary>What is looked for; the Sharpe ratio where nothing is said.</summary>
    /// <exception cref="BacktestException">There is no such objective.</exception>
    public IReadOnlyList<Objective> Objectives(ParseResult parsed) =>
        [.. (parsed.GetValue(_objectives) is { Length: > 0 } names ? names.SelectMany(name => name.Split(',')) : [BestFirst])
            .Select(name => Objective.Find(name)
                ?? throw new BacktestException($"--objective must be among {string.Join(", ", Objective.Names)}, was {name}"))];

    /// <summary>How the settings that are tried are chosen.</summary>
    /// <exception cref="BacktestException">There is no such search, or it would never end.</exception>
    public ISearch Search(ParseResult parsed, ParameterSpace space)
    {
        var trials = parsed.GetValue(_trials);
        if (trials < 1)
            throw new BacktestException($"--trials must be above 0, was {trials}");
        return parsed.GetValue(_search) switch
        {
            "grid" when space.Size <= MostOfGrid => new GridSearch(space),
            "grid" => throw new BacktestException(FormattableString.Invariant(
                $"the grid has {space.Size:N0} settings, more than {MostOfGrid:N0}: --search random, evolution or tpe tries --trials of ")
                + "them"),
            "random" => new RandomSearch(space, trials, parsed.GetValue(_seed)),
            "evolution" => new EvolutionarySearch(space, trials, parsed.GetValue(_seed)),
            "tpe" => new TpeSearch(space, trials, parsed.GetValue(_seed)),
            var other => throw new BacktestException($"--search must be grid, random, evolution or tpe, was {other}"),
        };
    }

    /// <summary>How many settings a search tries at most.</summary>
    public long MostTrials(ParseResult parsed, ParameterSpace space) =>
        parsed.GetValue(_search) == "grid" ? space.Size : Math.Min(space.Size, parsed.GetValue(_trials));

    private const long MostOfGrid = 1_000_000;
}
