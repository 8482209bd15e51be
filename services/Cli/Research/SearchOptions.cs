using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Hosting.Settings;
using Trading.Research.Search;

namespace Trading.Cli.Research;

/// <summary>The switches of a search: what is varied, what is looked for, and how the settings are chosen that are tried.</summary>
/// <param name="seed">The switch for the seed of whatever is drawn at random.</param>
public sealed class SearchOptions(Option<ulong> seed)
{
    private const string BestFirst = "sharpe";
    private const long MostOfGrid = 1_000_000;

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

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _parameters, _objectives, _search, _trials })
            command.Options.Add(option);
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
            "random" => new RandomSearch(space, trials, parsed.GetValue(seed)),
            "evolution" => new EvolutionarySearch(space, trials, parsed.GetValue(seed)),
            "tpe" => new TpeSearch(space, trials, parsed.GetValue(seed)),
            var other => throw new BacktestException($"--search must be grid, random, evolution or tpe, was {other}"),
        };
    }

    /// <summary>How many settings a search tries at most.</summary>
    public long MostTrials(ParseResult parsed, ParameterSpace space) =>
        parsed.GetValue(_search) == "grid" ? space.Size : Math.Min(space.Size, parsed.GetValue(_trials));
}
