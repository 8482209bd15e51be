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
                Console.WriteLine($"  {command.Name,-17} {Short(command.Description!)}");
        }
        Console.WriteLine("\nNew here? trading demo shows it all, without network, data or settings.");
    }

    // The first sentence, as far as it fits beside the name in 80 columns.
    private static string Short(string description)
    {
        const int Width = 59;
        var line = description.Split('\n')[0];
        var end = line.IndexOfAny(['.', ';', ':']);
        var sentence = end > 0 ? line[..end] : line;
        return sentence.Length <= Width ? sentence : sentence[..sentence.LastIndexOf(' ', Width - 4)] + " ...";
    }

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
