using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Trading.Aws;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;

namespace Trading.Cli.Operations;

/// <summary>What waits in the queues, and what got stuck.</summary>
public static class QueuesCommand
{
    private const int BodyShown = 400;
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var settings = new SettingsOptions();
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var yes = new Option<bool>("--yes") { Description = "do not ask" };
        var queue = new Argument<string>("queue") { Description = "name of the queue, for example trading-executor_error" };

        var command = new Command("queues",
            "Lists the queues: how many messages wait, are in flight, and since when.\nExample: trading queues --scope prod") { json };
        var peek = new Command("peek", "Shows up to ten waiting messages with the reason why they are there; they stay.") { queue, json };
        var replay =
            new Command("replay", "Moves the messages of an _error or _skipped queue back to the queue that they came from.") { queue };
        var purge = new Command("purge", "Deletes all messages of a queue; asks first.") { queue, yes };
        foreach (var each in new[] { command, peek, replay, purge })
            settings.AddTo(each);
        foreach (var sub in new[] { peek, replay, purge })
            command.Subcommands.Add(sub);

        command.SetAction((parsed, cancellation) => RunAsync(settings, parsed,
            async (queues, scope) => PrintDepths(await queues.ListAsync($"{scope}-", cancellation), parsed.GetValue(json))));
        peek.SetAction((parsed, cancellation) => RunAsync(settings, parsed,
            async (queues, _) => PrintMessages(await queues.PeekAsync(parsed.GetValue(queue)!, cancellation), parsed.GetValue(json))));
        replay.SetAction((parsed, cancellation) => RunAsync(settings, parsed, async (queues, _) =>
        {
            var moved = await queues.ReplayAsync(parsed.GetValue(queue)!, cancellation);
            Console.WriteLine($"{moved} messages moved back");
            return 0;
        }));
        purge.SetAction((parsed, cancellation) => RunAsync(settings, parsed, async (queues, _) =>
        {
            var name = parsed.GetValue(queue)!;
            if (!parsed.GetValue(yes) && Console.IsInputRedirected)
            {
                Console.Error.WriteLine($"trading: purging {name} needs an answer: run it on a terminal, or add --yes");
                return CommandLine.WrongUsage;
            }
            if (!parsed.GetValue(yes) && !await Terminal.Output.ConfirmAsync(
                $"Delete every message of {name}?", defaultValue: false, cancellation))
                return 0;
            await queues.PurgeAsync(name, cancellation);
            Console.WriteLine($"{name} is empty");
            return 0;
        }));
        return command;
    }

    private static async Task<int> RunAsync(SettingsOptions options, ParseResult parsed, Func<Queues, string, Task<int>> act)
    {
        var settings = options.Read(parsed);
        using var queues = new Queues(SettingsOptions.Transport(settings), TimeProvider.System);
        try
        {
            return await act(queues, settings.Scope);
        }
        catch (ArgumentException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return CommandLine.WrongUsage;
        }
        catch (Exception failure) when (Queues.IsUsersError(failure))
        {
            // Without keys the SDK tells in several lines everywhere that it looked.
            var said = failure.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) && failure.Message.Contains('\n')
                ? "no keys for AWS were found in the environment, in a profile or on this machine; "
                    + "--service-url names another endpoint, and trading up starts a local one"
                : failure.Message.Split('\n')[0];
            Console.Error.WriteLine($"trading: SQS at {settings.AwsServiceUrl ?? settings.AwsRegion}: {said}");
            return 1;
        }
    }

    private static int PrintDepths(IReadOnlyList<QueueDepth> depths, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(depths, Indented));
            return 0;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("queue", "waiting", "in flight", "oldest sent (of ten)");
        foreach (var depth in depths)
        {
            var stuck = depth.Waiting > 0
                && (depth.Name.EndsWith("_error", StringComparison.Ordinal) || depth.Name.EndsWith("_skipped", StringComparison.Ordinal));
            table.AddRow(
                stuck ? $"[red]{Markup.Escape(depth.Name)}[/]" : Markup.Escape(depth.Name),
                depth.Waiting.ToString(CultureInfo.InvariantCulture),
                depth.InFlight.ToString(CultureInfo.InvariantCulture),
                depth.OldestSentAt?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "");
        }
        Terminal.Output.Write(table);
        return 0;
    }

    private static int PrintMessages(IReadOnlyList<WaitingMessage> messages, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(messages, Indented));
            return 0;
        }

        foreach (var message in messages)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{message.MessageId}  sent {message.SentAt:u}  {message.Type ?? "no readable envelope"}"));
            Console.WriteLine($"  {message.Fault ?? "no reason came with it"}");
            Console.WriteLine(
                $"  {(message.Body.Length <= BodyShown ? message.Body
                    : $"{message.Body[..BodyShown]}... ({message.Body.Length} characters)")}");
        }
        Console.WriteLine($"{messages.Count} messages seen");
        return 0;
    }
}
