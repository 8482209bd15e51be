using System.CommandLine;
using Trading.Cli.Backtests;
using Trading.Core.Strategies;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Setup;

/// <summary>Begins something of one's own: a strategy.</summary>
public static class NewCommand
{
    /// <summary>The group.</summary>
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "its name: 1 to 40 small letters, digits and dashes" };
        var output = new Option<DirectoryInfo?>("--output", "-o")
        { Description = "folder to make, which must not exist; one of the name when left out", HelpName = "folder" };
        var strategy = new Command("strategy",
            "Makes a small project with a strategy and its test. Built, it runs in backtests and in the live services; results and "
            + "journals tell the SHA-256 of its library.\nExample: trading new strategy my-crossover") { name, output };
        strategy.SetAction((parsed, _) => BacktestOptions.GuardAsync(() =>
        {
            var project = new StrategyProject(parsed.GetValue(name)!);
            var folder = parsed.GetValue(output) ?? new(project.Name);
            if (TradingStrategies.Names.Contains(project.Name))
                throw new BacktestException($"there is a strategy {project.Name} already");
            if (folder.Exists || File.Exists(folder.FullName))
                throw new BacktestException($"{folder.FullName} is there already: name another folder with --output");
            project.Write(folder.FullName, AppContext.BaseDirectory);
            Line($"made {folder.FullName}; next:");
            Line($"  dotnet test {folder.FullName}/tests");
            Line($"  dotnet build {folder.FullName}");
            Line($"  trading backtest --strategies {folder.FullName}/bin --strategy {project.Name} --data FILE");
            Line($"  trading run --set StrategyFolder={folder.FullName}/bin --set Strategy={project.Name}");
            return Task.FromResult(0);
        }));
        return new("new", "Begins a strategy of one's own.\nExample: trading new strategy my-crossover") { strategy };
    }
}
