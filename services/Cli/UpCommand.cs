using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli;

/// <summary>Runs the four services as processes of their own on this machine, over SNS and SQS.</summary>
public static class UpCommand
{
    private static readonly string[] Services = ["Predictor", "RiskManager", "Executor", "PriceCollector"];
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var rest = new Argument<string[]>("switches") { Description = "switches for the services, after --: see any service's --help", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(
            "up",
            "Starts a local SNS/SQS endpoint, a private PostgreSQL and the four services as processes; Ctrl-C stops them all.\n"
            + "Example: trading up -- --data candles.csv.gz --from 2024-03-01 --to 2024-03-08")
        { rest };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(rest) ?? [], cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string[] switches, CancellationToken cancellation)
    {
        if (CommandLine.Read(switches, "trading", "The switches of a service.", settings => settings, out var exitCode) is not { Settings: var settings })
            return exitCode;
        try
        {
            await using var aws = await LocalAws.StartAsync(cancellationToken: cancellation);
            await using var journal = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, cancellation);
            // For the services, which inherit them, and for this process.
            foreach (var (name, value) in aws.Environment)
                Environment.SetEnvironmentVariable(name, value);
            await Topology.DeployAsync(settings with { Transport = TransportKind.AmazonSqs, AwsServiceUrl = aws.Url.ToString() }, cancellation);
            Console.WriteLine($"trading: SNS and SQS at {aws.Url}, journal {journal.Description}");
            return await RunServicesAsync(switches, aws, journal, settings, cancellation);
        }
        catch (PrivatePostgresException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return CommandLine.WrongSettings;
        }
        catch (SealKeyException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return CommandLine.WrongSettings;
        }
        catch (InvalidOperationException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return CommandLine.WrongSettings;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static async Task<int> RunServicesAsync(string[] switches, LocalAws aws, JournalServer journal, TradingSettings settings, CancellationToken cancellation)
    {
        var processes = Services.Select(service => Start(service, switches, aws, journal, settings)).ToList();
        try
        {
            // A recorded run ends with its data, and with it everything; any other end of a service is a failure.
            var ended = await await Task.WhenAny(processes.Select(async process =>
            {
                await process.WaitForExitAsync(cancellation);
                return process;
            }));
            return ended.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        finally
        {
            await Task.WhenAll(processes.Select(StopAsync));
        }
    }

    private static Process Start(string service, string[] switches, LocalAws aws, JournalServer journal, TradingSettings settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, $"Trading.{service}.dll"), .. switches, "--journal", "postgres", "--http-port", "0"]);
        start.Environment["Trading__Transport"] = "amazonsqs";
        start.Environment["Trading__AwsServiceUrl"] = aws.Url.ToString();
        start.Environment["Trading__JournalConnection"] = journal.ConnectionString;
        start.Environment["Trading__JournalDatabase"] = new NpgsqlConnectionStringBuilder(journal.ConnectionString).Database;
        // To the services the journal is a server like any other, which asks for a key; it is the private one's.
        if (settings is { SealIntervalSeconds: > 0, SealKey: null, SealKeyFile: null })
        {
            var file = SealKey.DefaultFile(settings.JournalFolder);
            SealKey.LoadOrCreate(file);
            start.Environment["Trading__SealKeyFile"] = file;
        }
        return Process.Start(start)!;
    }

    private static async Task StopAsync(Process process)
    {
        if (process.HasExited)
            return;
        if (OperatingSystem.IsWindows())
        {
            // Windows has no signal that a process without a console would hear.
            process.Kill();
            return;
        }
        using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        using var timeout = new CancellationTokenSource(StopTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
    }
}
