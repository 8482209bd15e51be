using Microsoft.Extensions.Logging.Abstractions;
using Trading.LocalServers;

namespace Trading.Integration.Tests.KilledPrograms;

/// <summary>
/// A program that holds the cluster in the given folder, or with the argument "aws" a local SNS/SQS endpoint, until its standard input
/// closes; with the argument "executor" one that executes trades on a simulated exchange: something for a test to kill.
/// </summary>
public static class ProgramToKill
{
    public static async Task Main(string[] arguments)
    {
        if (arguments[0] == "executor")
        {
            await CrashingExecutor.RunAsync(arguments);
            return;
        }
        if (arguments[0] == "aws")
        {
            await using var aws = await LocalAws.StartAsync();
            Console.WriteLine(aws.ProcessId);
            await Console.In.ReadToEndAsync();
            return;
        }
        await using var server = await LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = arguments[0] }, NullLogger.Instance);
        Console.WriteLine(server.ConnectionString);
        await Console.In.ReadToEndAsync();
    }
}
