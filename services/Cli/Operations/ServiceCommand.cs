using System.CommandLine;
using Trading.AllInOne;
using Trading.Dashboard;
using Trading.Hosting;
using Trading.Services;

namespace Trading.Cli.Operations;

/// <summary>Runs one service, or all of them, in this process: what the arguments of a container choose.</summary>
public static class ServiceCommand
{
    /// <summary>The services by the name that they have in logs, queues and manifests.</summary>
    public static IReadOnlyList<TradingProgram> Services { get; } = [PriceCollectorProgram.Program, PredictorProgram.Program,
        RiskManagerProgram.Program, ExecutorProgram.Program, DashboardProgram.Program];

    /// <summary>
    /// The program that the arguments name, as it runs; null when they name none. Asked before the commands are parsed: the switches that
    /// follow belong to the service, --help and --version included.
    /// </summary>
    public static Task<int>? Run(string[] args) => args switch
    {
        ["run", .. var switches] => TradingHost.Run(switches, AllInOneProgram.Program with { Usage = "trading run" }),
        ["demo", .. var switches] => TradingHost.Run(switches, AllInOneProgram.Demo with { Usage = "trading demo" }),
        ["service", var name, .. var switches] when Services.FirstOrDefault(service => service.Name == name) is { } program =>
            TradingHost.Run(switches, program with { Usage = $"trading service {name}" }),
        _ => null,
    };

    /// <summary>The command run, for the list of commands.</summary>
    public static Command CreateRun() =>
        new("run", "Runs all services in one process; its switches: trading run --help.\nExample: trading run --data candles.csv.gz");

    /// <summary>The command demo, for the list of commands.</summary>
    public static Command CreateDemo() => new("demo", "Shows the system at work on a simulated market; needs no network, no data and no "
        + "settings. Its switches: trading demo --help.\nExample: trading demo --seed 2");

    /// <summary>The command service, for the list of commands and for names that are wrong.</summary>
    public static Command CreateService()
    {
        var name = new Argument<string>("name") { Description = "the service; its switches: trading service NAME --help" };
        name.AcceptOnlyFromAmong([.. Services.Select(service => service.Name)]);
        return new("service", "Runs one service in this process, over SNS/SQS and a PostgreSQL server.\n"
            + "Example: trading service predictor --profile dev") { name };
    }
}
