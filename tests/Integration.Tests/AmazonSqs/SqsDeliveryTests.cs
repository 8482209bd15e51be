using Amazon.SQS;
using Amazon.SQS.Model;
using MassTransit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>How many messages are taken at a time, for how long, and what becomes of them at a stop.</summary>
[Collection(nameof(SqsTransportTest))]
public sealed class SqsDeliveryTests : SqsTransportTest
{
    [Fact]
    public async Task a_message_is_not_delivered_again_while_its_handler_runs_longer_than_the_visibility_timeout()
    {
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var deliveries = 0;
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.QueueAttributes[QueueAttributeName.VisibilityTimeout] = 4;
            endpoint.Handler<Price>(async _ =>
            {
                Interlocked.Increment(ref deliveries);
                started.TrySetResult();
                await release.Task;
            });
        }));
        await bus.Publish(new Price(1, "slow"));
        await started.Task.WaitAsync(HangGuard.Limit);

        // Anyone who else asks for more than two visibility timeouts gets nothing.
        var queue = (await sqs.GetQueueUrlAsync(Queue)).QueueUrl;
        Assert.Null((await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { WaitTimeSeconds = 9 })).Messages);

        release.SetResult();
        await UntilAsync(async () => await CountsAsync() == (0, 0));
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task no_more_messages_are_taken_than_prefetch_and_no_more_handled_than_the_limit()
    {
        var release = new TaskCompletionSource();
        var running = 0;
        var most = 0;
        var handled = 0;
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.PrefetchCount = 5;
            endpoint.ConcurrentMessageLimit = 2;
            endpoint.Handler<Price>(async _ =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await release.Task;
                Interlocked.Decrement(ref running);
                Interlocked.Increment(ref handled);
            });
        }));

        await Task.WhenAll(Enumerable.Range(0, 23).Select(number => bus.Publish(new Price(number, "p"))));
        await UntilAsync(async () => await CountsAsync() == (18, 5));
        Assert.Equal(2, Volatile.Read(ref running));

        release.SetResult();
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref handled) == 23));
        await UntilAsync(async () => await CountsAsync() == (0, 0));
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task a_stop_lets_handlers_finish_and_leaves_nothing_to_be_delivered_again()
    {
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var handled = 0;
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.PrefetchCount = 20;
            endpoint.ConcurrentMessageLimit = 2;
            endpoint.Handler<Price>(async _ =>
            {
                started.TrySetResult();
                await release.Task;
                Interlocked.Increment(ref handled);
            });
        }));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => bus.Publish(new Price(number, "p"))));
        await started.Task.WaitAsync(HangGuard.Limit);
        using (var limit = new CancellationTokenSource(HangGuard.Limit))
        {
            // As many as may be taken are taken before the stop.
            while ((await CountsAsync()).Taken < 20)
                limit.Token.ThrowIfCancellationRequested();
        }

        var stop = bus.StopAsync(HangGuard.Limit);
        release.SetResult();
        await stop;

        // What was taken is handled and deleted; what was not taken waits in the queue, untouched.
        var (waiting, taken) = await CountsAsync();
        Assert.Equal((50 - handled, 0), (waiting, taken));
        Assert.True(handled >= 20, $"handled {handled}");
    }

    [Fact]
    public async Task when_a_stop_may_not_take_longer_handlers_are_cancelled_and_waiting_messages_return_at_once()
    {
        var started = new TaskCompletionSource();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.PrefetchCount = 10;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.WaitTimeSeconds = 0;
            endpoint.RedeliverVisibilityTimeout = 0;
            endpoint.Handler<Price>(async context =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            });
        }));
        await Task.WhenAll(Enumerable.Range(0, 5).Select(number => bus.Publish(new Price(number, "p"))));
        await started.Task.WaitAsync(HangGuard.Limit);

        using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await bus.StopAsync(impatient.Token);

        await UntilAsync(async () => await CountsAsync() == (5, 0));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
