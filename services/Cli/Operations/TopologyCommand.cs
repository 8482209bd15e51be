using System.CommandLine;
using System.Text.Json;
using MassTransit;
using Spectre.Console;
using Trading.Aws;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Services;

namespace Trading.Cli.Operations;

/// <summary>What has to exist on SNS and SQS, for the person who provisions it.</summary>
public static class TopologyCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var settings = new SettingsOptions();
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("topology", "Prints the topics, queues, subscriptions and rights that the services need.\n"
            + "Example: trading topology --scope prod --json") { json };
        settings.AddTo(command);
        command.Subcommands.Add(TopologyCreateCommand.Create());
        command.SetAction(async (parsed, _) =>
        {
            Print(await Topology.OfAsync(settings.Read(parsed)), parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static void Print(Topology topology, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(topology, Indented));
            return;
        }

        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("queue", "subscribed to (raw delivery)", "its service publishes to", "queues beside it, by suffix");
        foreach (var queue in topology.Queues)
            table.AddRow(queue.Name, string.Join('\n', queue.SubscribesTo), string.Join('\n', queue.ServicePublishesTo),
                string.Join(", ", queue.SiblingSuffixes));
        Terminal.Output.Write(table);
        Terminal.Output.WriteLine($"Topics: {string.Join(", ", topology.Topics)}");
        Terminal.Output.WriteLine(
            "Each queue needs a policy that lets sns.amazonaws.com send to it from the topics that it is subscribed to.");
        Terminal.Output.WriteLine($"Rights of a service on its own queues: {string.Join(", ", topology.QueueRights)}");
        Terminal.Output.WriteLine($"Rights of a service on the topics it publishes to: {string.Join(", ", topology.TopicRights)}");
        Terminal.Output.WriteLine(
            $"Rights to create all this at the start, where that is wanted: {string.Join(", ", topology.CreateRights)}");
    }
}

/// <summary>The topics and queues of a scope.</summary>
public sealed record Topology(
    IReadOnlyList<string> Topics, IReadOnlyList<QueueTopology> Queues, IReadOnlyList<string> QueueRights, IReadOnlyList<string> TopicRights,
    IReadOnlyList<string> CreateRights)
{
    /// <summary>
    /// Creates what is missing of the topology. A message that is published before a queue is subscribed never reaches it, so this comes
    /// before the first service.
    /// </summary>
    /// <exception cref="MassTransitException">SNS or SQS does not answer, or refuses.</exception>
    public static async Task DeployAsync(TradingSettings settings, CancellationToken cancellation)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(settings);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            var trading = new TradingServices(services, bus, new(settings, Verbose: false));
            trading.AddPriceCollector();
            trading.AddPredictor();
            trading.AddRiskManager();
            trading.AddExecutor();
            bus.UseAmazonSqs(SettingsOptions.Transport(settings), (_, transport) => transport.DeployTopologyOnly = true);
        });
        await using var provider = services.BuildServiceProvider();
        var control = provider.GetRequiredService<IBusControl>();
        await control.StartAsync(cancellation);
        await control.StopAsync(cancellation);
    }

    /// <summary>The topology of the services under settings.</summary>
    public static async Task<Topology> OfAsync(TradingSettings settings)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddMassTransit(bus =>
            {
                bus.DisableUsageTelemetry();
                bus.UseAmazonSqs(SettingsOptions.Transport(settings), (_, _) => { });
            })
            .BuildServiceProvider();
        var bus = services.GetRequiredService<IBusControl>();
        return new(
            [.. TradingEndpoint.Of(settings).SelectMany(endpoint => endpoint.Consumes.Concat(endpoint.Publishes)).Distinct().Select(Topic)
                .Order(StringComparer.Ordinal)],
            [.. TradingEndpoint.Of(settings).Select(endpoint => new QueueTopology(
                endpoint.QueueName(settings.Scope),
                [.. endpoint.Consumes.Select(Topic)],
                [.. endpoint.Publishes.Select(Topic)],
                ["_error", "_skipped"]))],
            ["sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility", "sqs:SendMessage"],
            ["sns:GetTopicAttributes", "sns:ListTopics", "sns:ListSubscriptionsByTopic", "sns:Publish"],
            ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sns:CreateTopic", "sns:Subscribe", "sns:SetSubscriptionAttributes"]);

        // The transport names the topics; asking it keeps this list true.
        string Topic(Type message) => bus.Topology.TryGetPublishAddress(message, out var address)
            ? Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..])
            : throw new InvalidOperationException($"{message} has no topic.");
    }
}

/// <summary>A queue of the topology.</summary>
public sealed record QueueTopology(string Name, IReadOnlyList<string> SubscribesTo, IReadOnlyList<string> ServicePublishesTo,
    IReadOnlyList<string> SiblingSuffixes);
