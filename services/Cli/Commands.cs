using System.CommandLine;
using Trading.Cli.Assistants;
using Trading.Cli.Audit;
using Trading.Cli.Backtests;
using Trading.Cli.Control;
using Trading.Cli.Data;
using Trading.Cli.Journals;
using Trading.Cli.Models;
using Trading.Cli.Operations;
using Trading.Cli.Research;
using Trading.Cli.Setup;
using Trading.Cli.Tournaments;

namespace Trading.Cli;

/// <summary>Every command of trading, in groups by what people want to do.</summary>
public static class Commands
{
    private const string Description = "An automated Bitcoin trading system.";

    // What is said of a command fits beside its name in 80 columns.
    private static readonly (string Title, IReadOnlyList<Row> Commands)[] Groups =
    [
        ("Try it",
        [
            new("demo", "Shows the system at work on a simulated market", ServiceCommand.CreateDemo),
            new("init", "Asks five questions and writes a file with settings", InitCommand.Create),
            new("settings", "Shows the settings in force, or checks a settings file", SettingsCommand.Create),
            new("doctor", "Checks this machine and the network, says what to do", DoctorCommand.Create),
            new("completion", "Prints the script that completes commands in a shell", CompletionCommand.Create),
        ]),
        ("Trade",
        [
            new("run", "Runs all services in one process", ServiceCommand.CreateRun),
            new("up", "Runs the services as processes, with local SNS and SQS", UpCommand.Create),
            new("service", "Runs one service, over SNS/SQS and a PostgreSQL server", ServiceCommand.CreateService),
            new("control", "Stops and resumes trading, sets limits, cancels orders", ControlCommand.Create),
        ]),
        ("Test the past",
        [
            new("backtest", "Plays past prices through the same decisions as live", BacktestCommand.Create),
            new("optimize", "Tries many settings over the same data on all cores", OptimizeCommand.Create),
            new("walk-forward", "Chooses settings on a part of the data, tests on the next", WalkForwardCommand.Create),
            new("monte-carlo", "Says how much of a backtest's result was luck", MonteCarloCommand.Create),
            new("lookahead-check", "Finds strategies that use what they could not know", LookaheadCommand.Create),
            new("drift", "Compares a journal's trades with those of the backtest", DriftCommand.Create),
            new("tournament", "Compares every strategy and model on the same data", TournamentCommand.Create),
            new("strategies", "Lists every strategy with its parameters", StrategiesCommand.Create),
            new("new", "Makes a project for a strategy of your own", NewCommand.Create),
            new("compare", "Shows the figures of several backtests side by side", CompareCommand.Create),
            new("model", "Trains models on recorded candles, and judges them", ModelCommand.Create),
            new("data", "Downloads, converts, fills and checks market data", DataCommand.Create),
        ]),
        ("Look back",
        [
            new("audit", "Reads the journal back, proves that nothing was changed", AuditCommand.Create),
            new("journals", "Lists, chooses, deletes, exports and imports journals", JournalsCommand.Create),
            new("mcp", "Serves read-only tools about a journal to assistants", McpCommand.Create),
        ]),
        ("Operate",
        [
            new("health", "Asks a running program whether it is healthy", HealthCommand.Create),
            new("journal", "Creates or updates the tables and roles of a journal", JournalCommand.Create),
            new("topology", "Prints or creates topics, queues and subscriptions", TopologyCommand.Create),
            new("queues", "Lists queues; shows, replays or deletes their messages", QueuesCommand.Create),
            new("rebuild", "Writes again what is derived from the journal", RebuildDynamoDbCommand.Create),
        ]),
    ];

    /// <summary>The program.</summary>
    /// <param name="args">
    /// What was typed. Where it begins with a command's name, that command alone is made: making all of them takes longer than some
    /// commands need to run.
    /// </param>
    public static RootCommand Create(params string[] args)
    {
        var all = Groups.SelectMany(group => group.Commands).ToList();
        var typed = all.FindAll(row => row.Name == args.FirstOrDefault());
        var trading = new RootCommand(Description);
        foreach (var row in typed.Count > 0 ? typed : all)
            trading.Subcommands.Add(row.Create());
        return trading;
    }

    /// <summary>Whether these arguments ask for the list of commands.</summary>
    public static bool AskForHelp(string[] args) => args is ["--help" or "-h" or "-?" or "/?" or "help"];

    /// <summary>Writes the list of commands.</summary>
    public static void WriteHelp()
    {
        Console.WriteLine($"{Description}\n\nUsage: trading COMMAND [switches]; trading COMMAND --help describes each.");
        foreach (var (title, commands) in Groups)
        {
            Console.WriteLine($"\n{title}");
            foreach (var command in commands)
                Console.WriteLine($"  {command.Name,-17} {command.Short}");
        }
        Console.WriteLine("\nNew here? trading demo shows all of it, without network, data or settings.");
    }

    private sealed record Row(string Name, string Short, Func<Command> Create);
}
