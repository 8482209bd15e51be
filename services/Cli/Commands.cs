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

    /// <summary>The program.</summary>
    public static RootCommand Create()
    {
        var trading = new RootCommand(Description);
        foreach (var command in Groups().SelectMany(group => group.Commands))
            trading.Subcommands.Add(command);
        return trading;
    }

    /// <summary>Whether these arguments ask for the list of commands.</summary>
    public static bool AskForHelp(string[] args) => args is ["--help" or "-h" or "-?" or "/?" or "help"];

    /// <summary>Writes the list of commands.</summary>
    public static void WriteHelp()
    {
        Console.WriteLine($"{Description}\n\nUsage: trading COMMAND [switches]; trading COMMAND --help describes each.");
        foreach (var (title, commands) in Groups())
        {
            Console.WriteLine($"\n{title}");
            foreach (var command in commands)
                Console.WriteLine($"  {command.Name,-17} {Short(command.Name)}");
        }
        Console.WriteLine("\nNew here? trading demo shows all of it, without network, data or settings.");
    }

    // What fits beside the name in 80 columns.
    private static string Short(string command) => command switch
    {
        "demo" => "Shows the system at work on a simulated market",
        "init" => "Asks five questions and writes a file with settings",
        "settings" => "Shows the settings in force, or checks a settings file",
        "doctor" => "Checks this machine and the network, says what to do",
        "completion" => "Prints the script that completes commands in a shell",
        "run" => "Runs all services in one process",
        "up" => "Runs the services as processes, with local SNS and SQS",
        "service" => "Runs one service, over SNS/SQS and a PostgreSQL server",
        "control" => "Stops and resumes trading, sets limits, cancels orders",
        "backtest" => "Plays past prices through the same decisions as live",
        "optimize" => "Tries many settings over the same data on all cores",
        "walk-forward" => "Chooses settings on a part of the data, tests on the next",
        "monte-carlo" => "Says how much of a backtest's result was luck",
        "lookahead-check" => "Finds strategies that use what they could not know",
        "drift" => "Compares a journal's trades with those of the backtest",
        "tournament" => "Compares every strategy and model on the same data",
        "strategies" => "Lists every strategy with its parameters",
        "new" => "Makes a project for a strategy of your own",
        "compare" => "Shows the figures of several backtests side by side",
        "model" => "Trains models on recorded candles, and judges them",
        "data" => "Downloads, converts, fills and checks market data",
        "audit" => "Reads the journal back, proves that nothing was changed",
        "journals" => "Lists, chooses, deletes, exports and imports journals",
        "mcp" => "Serves read-only tools about a journal to assistants",
        "health" => "Asks a running program whether it is healthy",
        "journal" => "Creates or updates the tables and roles of a journal",
        "topology" => "Prints or creates topics, queues and subscriptions",
        "queues" => "Lists queues; shows, replays or deletes their messages",
        "rebuild" => "Writes again what is derived from the journal",
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "has no short description"),
    };

    private static IReadOnlyList<(string Title, IReadOnlyList<Command> Commands)> Groups() =>
    [
        ("Try it", [ServiceCommand.CreateDemo(), InitCommand.Create(), SettingsCommand.Create(), DoctorCommand.Create(),
            CompletionCommand.Create()]),
        ("Trade", [ServiceCommand.CreateRun(), UpCommand.Create(), ServiceCommand.CreateService(), ControlCommand.Create()]),
        ("Test the past", [BacktestCommand.Create(), OptimizeCommand.Create(), WalkForwardCommand.Create(), MonteCarloCommand.Create(),
            LookaheadCommand.Create(), DriftCommand.Create(), TournamentCommand.Create(),
            StrategiesCommand.Create(), NewCommand.Create(), CompareCommand.Create(), ModelCommand.Create(), DataCommand.Create()]),
        ("Look back", [AuditCommand.Create(), JournalsCommand.Create(), McpCommand.Create()]),
        ("Operate", [HealthCommand.Create(), JournalCommand.Create(), TopologyCommand.Create(), QueuesCommand.Create(),
            RebuildDynamoDbCommand.Create()]),
    ];
}
