using System.CommandLine;
using MassTransit;
using Trading.Aws;
using Trading.Cli.Shared;
using Trading.Hosting.Messaging;

namespace Trading.Cli.Operations;

/// <summary>
/// Creates topics, queues and subscriptions where no stack provisions them: on a local endpoint, before the first service starts.
/// </summary>
public static class TopologyCreateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var settings = new SettingsOptions();
        var wait = new Option<int>("--wait")
        { Description = "seconds within which SNS and SQS must answer", DefaultValueFactory = _ => 60, HelpName = "seconds" };
        var command = new Command("create", "Creates the topics, queues and subscriptions that are missing.\n"
            + "Example: trading topology create --service-url http://localhost:4566") { wait };
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) => CreateAsync(settings, parsed, parsed.GetValue(wait), cancellation));
        return command;
    }

    private static async Task<int> CreateAsync(SettingsOptions options, ParseResult parsed, int seconds, CancellationToken cancellation)
    {
        var settings = options.Read(parsed);
        var place = settings.AwsServiceUrl ?? settings.AwsRegion;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            await Topology.DeployAsync(settings, timeout.Token);
            Console.WriteLine(
                $"trading: {string.Join(", ", TradingEndpoint.Of(settings).Select(endpoint => endpoint.QueueName(settings.Scope)))} "
                + $"at {place}");
            return 0;
        }
        catch (Exception refused) when (refused is MassTransitException || Queues.IsUsersError(refused))
        {
            // Of several lines the first says what is wrong.
            Console.Error.WriteLine(
                $"trading: the queues could not be created at {place}: {refused.GetBaseException().Message.Split('\n')[0]}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine($"trading: SNS and SQS at {place} have not answered within {seconds} s");
        }
        return 1;
    }
}
