using System.Text.Json;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Messages that no service can work with, and what the operator does about them.</summary>
[Collection(nameof(DistributedTests))]
public sealed class PoisonTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Minutes = 200;

    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task a_message_that_cannot_be_worked_with_ends_in_the_error_queue_with_its_reason_and_stops_nothing_else()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 16)));
        await system.ComeAgainAfterAsync(Long);
        var (trades, account) = InProcessSystem.Fold(system.Settings);
        var filled = trades.First(trade => trade.Filled);
        // Each queue holds them before the services start, so that they come before what is good.
        var poisons = TradingEndpoint.All.ToDictionary(queue => queue,
            queue => Poisons.Of(queue, filled).Concat(Poisons.Unreadable).ToList());
        foreach (var (queue, bodies) in poisons)
        {
            await system.SendBodiesAsync(queue, bodies.Select(poison => poison.Body));
            await system.SendBodiesAsync(queue, [DistributedSystem.Envelope(filled.Assessed, type: "SomethingElse")]);
        }

        system.Start(DistributedSystem.All);
        await system.CompletedAsync();

        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(trades), JournalRecord.Text(journal.Trades));
        Assert.Equal(JournalRecord.Text(account), JournalRecord.Text(journal.Account));
        journal.AddsUp(system.Settings.StartingCashUsd);
        // By now they are all there: none was tried again and again, for no repetition makes it work.
        foreach (var (queue, bodies) in poisons)
        {
            var name = queue.QueueName(system.Settings.Scope);
            var moved = (await system.WaitingAsync($"{name}_error")).ToDictionary(message => message.Body);
            Assert.Equal(bodies.Select(poison => poison.Body).Order(), moved.Keys.Order());
            Assert.All(bodies, poison =>
            {
                var attributes = moved[poison.Body].MessageAttributes;
                Assert.Equal("fault", attributes["MT-Reason"].StringValue);
                Assert.EndsWith(name, attributes["MT-Fault-InputAddress"].StringValue, StringComparison.Ordinal);
                Assert.Contains(poison.Reason, attributes["MT-Fault-Message"].StringValue, StringComparison.OrdinalIgnoreCase);
            });
            Assert.Equal("dead-letter",
                Assert.Single(await system.WaitingAsync($"{name}_skipped")).MessageAttributes["MT-Reason"].StringValue);
        }
    }

    [Fact]
    public async Task the_operator_sees_what_got_stuck_and_has_it_tried_again_or_thrown_away()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 2, seed: 17)));
        await system.ComeAgainAfterAsync(Long);
        system.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager]);
        var prices = InProcessSystem.WavePrices(minutes: 3, seed: 17);
        var (queue, errors) = (TradingEndpoint.Predictor.QueueName(system.Settings.Scope),
            $"{TradingEndpoint.Predictor.QueueName(system.Settings.Scope)}_error");
        await system.SendBodiesAsync(TradingEndpoint.Predictor,
            [.. prices.Select(price => DistributedSystem.Envelope(price, body => body["price"] = -1))]);
        await Stuck(3);

        var (listed, list) = await system.CommandAsync("queues", "--json");
        Assert.True(listed == 0, list);
        var depths = JsonDocument.Parse(list).RootElement.EnumerateArray()
            .ToDictionary(depth => depth.GetProperty("name").GetString()!, depth => depth.GetProperty("waiting").GetInt32());
        string[] suffixes = ["", "_error", "_skipped"];
        Assert.Equal(
            TradingEndpoint.All.SelectMany(_ => suffixes, (each, suffix) => each.QueueName(system.Settings.Scope) + suffix).Order(),
            depths.Keys.Order());
        Assert.All(depths, depth => Assert.Equal(depth.Key == errors ? 3 : 0, depth.Value));

        var (peeked, peek) = await system.CommandAsync("queues", "peek", errors);
        Assert.True(peeked == 0, peek);
        Assert.True(peek.Contains("fault: PriceObserved: Price must be 0.00000001 to 10000000, was -1", StringComparison.Ordinal), peek);
        Assert.Contains("3 messages seen", peek, StringComparison.Ordinal);

        // One that failed for a reason that has passed is tried again with the others, which fail again, each once.
        await system.SendBodiesAsync(new TradingEndpoint("predictor_error", [], []), [DistributedSystem.Envelope(prices[0])]);
        var (replayed, replay) = await system.CommandAsync("queues", "replay", errors);
        Assert.True((replayed, replay.Trim()) == (0, "4 messages moved back"), replay);
        await system.DecidedAsync(1);
        await Stuck(3);

        var (refused, question) = await system.CommandAsync("queues", "purge", errors);
        Assert.True((refused, question.Trim())
            == (CommandLine.WrongUsage, $"trading: purging {errors} needs an answer: run it on a terminal, or add --yes"), question);
        await Stuck(3);
        var (purged, purge) = await system.CommandAsync("queues", "purge", errors, "--yes");
        Assert.True((purged, purge.Trim()) == (0, $"{errors} is empty"), purge);
        await Stuck(0);

        var (wrong, complaint) = await system.CommandAsync("queues", "replay", queue);
        Assert.Equal(CommandLine.WrongUsage, wrong);
        Assert.Contains($"only queues that end in _error or _skipped can be replayed, was {queue}", complaint, StringComparison.Ordinal);

        Task Stuck(int messages) => system.UntilAsync($"{messages} messages stuck",
            async () => await system.DepthAsync(errors) == (messages, 0) && await system.DepthAsync(queue) == (0, 0));
    }
}
