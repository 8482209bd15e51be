using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.LocalServers;

namespace Trading.Cli.Operations;

/// <summary>
/// Runs the four services as processes of their own on this machine, over SNS and SQS. What was started last ends first: the services, the
/// endpoint that they use, the database.
/// </summary>
public static class UpCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var rest = new Argument<string[]>("switches")
        { Description = "switches for the services, after --: see any service's --help", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(
            "up",
            "Starts a local SNS/SQS endpoint, a private PostgreSQL and the four services as processes; Ctrl-C stops them all.\n"
            + "Example: trading up -- --data candles.csv.gz --from 2024-03-01 --to 2024-03-08")
        { rest };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rest) ?? [], cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string[] switches, CancellationToken stop)
    {
        if (CommandLine.Read(switches, "trading", "The switches of a service.", settings => settings, out var exitCode)
            is not { Settings: var settings })
            return exitCode;
        try
        {
            exitCode = await StartAsync(switches, settings, stop);
        }
        catch (Exception wrong) when (wrong is PrivatePostgresException or SealKeyException or InvalidOperationException)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return CommandLine.WrongSettings;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // What was half started has been ended again; what it said when it was interrupted is of no interest.
        }
        if (!stop.IsCancellationRequested)
            return exitCode;
        Console.Error.WriteLine("trading: stopped");
        return Interruption.ExitCode;
    }

    private static async Task<int> StartAsync(string[] switches, TradingSettings settings, CancellationToken stop)
    {
        await using var journal = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, stop);
        await using var aws = await LocalAws.StartAsync(cancellationToken: stop);
        // For this process; the services get them too.
        foreach (var (name, value) in aws.Environment)
            Environment.SetEnvironmentVariable(name, value);
        await Topology.DeployAsync(settings with { Transport = TransportKind.AmazonSqs, AwsServiceUrl = aws.Url.ToString() }, stop);
        using var note = UpNote.Write(aws, settings.Scope);
        Console.WriteLine($"trading: SNS and SQS at {aws.Url}");
        Console.WriteLine($"trading: journal {journal.Description}");

        await using var services = new ServiceProcesses(switches, aws, journal, settings);
        Console.WriteLine($"trading: started {string.Join(", ", services.All.Select(service => service.Name))}; "
            + $"logs in {services.Logs}; Ctrl-C stops them all");
        var ended = await services.FirstEndAsync(stop);
        // A recorded run ends with its data, and with it everything; any other end of a service is a failure.
        if (ended is { ExitCode: 0 } && settings.Feed == FeedKind.Recorded)
        {
            Console.WriteLine("trading: the data has been played to its end");
            return 0;
        }
        Console.Error.WriteLine($"trading: {ended.Name} ended with {ended.ExitCode}"
            + $"{(ended.LastError is { } error ? $": {error}" : "")}; its log is {ended.LogFile}; the others are stopped");
        return ended.ExitCode == 0 ? 1 : ended.ExitCode;
    }
}
