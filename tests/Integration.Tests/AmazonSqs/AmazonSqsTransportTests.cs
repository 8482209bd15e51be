using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

public record Price(int Number, string Text);

public record Trade(int Number);

/// <summary>MassTransit over SNS and SQS, against a real endpoint: each test has its own queues and topics there.</summary>
public sealed class AmazonSqsTransportTests : IAsyncLifetime
{
    private readonly string name = AwsEndpoint.NewName();
    private readonly List<IBusControl> buses = [];
    private readonly List<ServiceProvider> services = [];
    private readonly ConcurrentQueue<string> log = new();
    private Uri url = null!;
    private AmazonSQSClient sqs = null!;
    private AmazonSimpleNotificationServiceClient sns = null!;

    private string Queue => name + "-prices";

    public async Task InitializeAsync()
    {
        url = await AwsEndpoint.UrlAsync();
        sqs = AwsEndpoint.Sqs(url);
        sns = AwsEndpoint.Sns(url);
    }

    public async Task DisposeAsync()
    {
        // A test that failed may have left a handler waiting.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var bus in buses)
            await bus.StopAsync(patience.Token);
        foreach (var provider in services)
            await provider.DisposeAsync();
        sqs.Dispose();
        sns.Dispose();
    }

    [Fact]
    public async Task a_published_message_reaches_every_queue_that_consumes_its_type()
    {
        var first = new Received<Price>();
        var second = new Received<Price>();
        var other = new Received<Trade>();
        var bus = await StartAsync(bus =>
        {
            Receive(bus, Queue, endpoint => first.HandleIn(endpoint));
            Receive(bus, name + "-second", endpoint => second.HandleIn(endpoint));
            Receive(bus, name + "-trades", endpoint => other.HandleIn(endpoint));
        });

        await bus.Publish(new Price(1, "é <&> \u20AC"));
        await bus.Publish(new Trade(2));

        Assert.Equal(new Price(1, "é <&> \u20AC"), (await first.Next()).Message);
        Assert.Equal(1, (await second.Next()).Message.Number);
        Assert.Equal(2, (await other.Next()).Message.Number);
    }

    [Fact]
    public async Task a_sent_message_arrives_with_its_ids_and_headers()
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));
        var messageId = new Guid("11111111-2222-3333-4444-555555555555");
        var correlationId = new Guid("66666666-7777-8888-9999-000000000000");

        var queue = await bus.GetSendEndpoint(new Uri("queue:" + Queue));
        await queue.Send(new Price(1, "sent"), context =>
        {
            context.MessageId = messageId;
            context.CorrelationId = correlationId;
            context.Headers.Set("Origin", "test");
        });

        var received = await prices.Next();
        Assert.Equal((messageId, correlationId, "test"),
            (received.MessageId, received.CorrelationId, received.Headers.Get<string>("Origin")));
        Assert.Equal(new Uri($"amazonsqs://us-east-1/{name}/{Queue}"), received.DestinationAddress);
        Assert.False(received.ReceiveContext.Redelivered);
    }

    [Fact]
    public async Task topics_and_subscriptions_have_the_names_and_attributes_of_the_official_transport()
    {
        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var queue = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["All"]);
        var topic = queue.QueueARN.Replace(":sqs:", ":sns:", StringComparison.Ordinal)
            .Replace(Queue, $"{name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal);
        var subscription = Assert.Single((await sns.ListSubscriptionsByTopicAsync(topic)).Subscriptions);

        Assert.Equal(queue.QueueARN, subscription.Endpoint);
        Assert.Equal("true", (await sns.GetSubscriptionAttributesAsync(subscription.SubscriptionArn)).Attributes["RawMessageDelivery"]);
        Assert.Contains("sns.amazonaws.com", queue.Policy, StringComparison.Ordinal);
        Assert.Contains(topic, queue.Policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_topology_can_be_read_from_a_probe_before_the_bus_starts()
    {
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var probe = System.Text.Json.JsonSerializer.Serialize(bus.GetProbeResult().Results);

        Assert.Contains($"\"source\":\"{name}_Trading_Integration_Tests_AmazonSqs-Price\"", probe, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"\"destination\":\"{Queue}\"", probe, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task a_message_whose_handler_fails_goes_to_the_error_queue_with_the_reason_and_stops_nothing()
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(context =>
            context.Message.Number == 1 ? throw new InvalidOperationException("cannot digest\0 this") : prices.Handle(context))));

        await bus.Publish(new Price(1, "bad"));
        await bus.Publish(new Price(2, "good"));

        var moved = await ReceiveRawAsync(Queue + "_error");
        Assert.Equal("fault", moved.MessageAttributes["MT-Reason"].StringValue);
        Assert.Equal("cannot digest\uFFFD this", moved.MessageAttributes["MT-Fault-Message"].StringValue);
        Assert.Equal($"amazonsqs://us-east-1/{name}/{Queue}", moved.MessageAttributes["MT-Fault-InputAddress"].StringValue);
        Assert.Contains("\"text\": \"bad\"", moved.Body, StringComparison.Ordinal);
        Assert.Equal(2, (await prices.Next()).Message.Number);
    }

    [Theory]
    [InlineData("{\"broken\":")]
    [InlineData("no json at all")]
    [InlineData("[1,2]")]
    [InlineData("\"TopicArn\"")]
    [InlineData("{\"TopicArn\":\"x\",\"Message\":\"{broken\"}")]
    public async Task a_body_that_cannot_be_read_goes_to_the_error_queue_and_stops_nothing(string body)
    {
        var prices = new Received<Price>();
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));

        await sqs.SendMessageAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, body);
        await bus.Publish(new Price(2, "good"));

        var moved = await ReceiveRawAsync(Queue + "_error");
        Assert.Equal(body, moved.Body);
        Assert.False(string.IsNullOrWhiteSpace(moved.MessageAttributes["MT-Fault-Message"].StringValue));
        Assert.Equal(2, (await prices.Next()).Message.Number);
    }

    [Fact]
    public async Task a_message_as_large_as_sqs_takes_is_moved_too_and_of_its_reason_as_much_as_there_is_room_for()
    {
        const int MostBytes = 1024 * 1024;
        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        var queue = (await sqs.GetQueueUrlAsync(Queue)).QueueUrl;

        await sqs.SendMessageAsync(queue, new string('x', MostBytes - 30));
        Assert.Equal(["MT-Reason"], (await ReceiveRawAsync(Queue + "_error")).MessageAttributes.Keys);
        await sqs.SendMessageAsync(queue, new string('x', MostBytes));
        Assert.Equal(MostBytes, (await ReceiveRawAsync(Queue + "_error")).Body.Length);
        await UntilAsync(async () => await CountsAsync() == (0, 0));
    }

    [Fact]
    public async Task a_message_that_no_handler_wants_goes_to_the_skipped_queue()
    {
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        var queue = await bus.GetSendEndpoint(new Uri("queue:" + Queue));
        await queue.Send(new Trade(7));

        var moved = await ReceiveRawAsync(Queue + "_skipped");
        Assert.Equal("dead-letter", moved.MessageAttributes["MT-Reason"].StringValue);
        Assert.Contains("\"number\": 7", moved.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_message_in_a_notification_envelope_is_unwrapped()
    {
        var prices = new Received<Price>();
        var relay = new Received<Price>();
        var bus = await StartAsync(bus =>
        {
            Receive(bus, Queue, endpoint => prices.HandleIn(endpoint));
            Receive(bus, name + "-relay", endpoint => relay.HandleIn(endpoint));
        });
        await (await bus.GetSendEndpoint(new Uri($"queue:{name}-relay"))).Send(new Price(3, "wrapped"));
        var original = (await relay.Next()).ReceiveContext.Body.GetString();

        var notification = System.Text.Json.JsonSerializer.Serialize(
            new { Type = "Notification", TopicArn = "arn:aws:sns:us-east-1:1:t", Message = original });
        await sqs.SendMessageAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, notification);

        Assert.Equal(new Price(3, "wrapped"), (await prices.Next()).Message);
    }

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

    [Fact]
    public async Task the_bus_stays_up_while_its_endpoint_is_away_and_goes_on_when_it_is_back()
    {
        await using var way = new CuttableProxy(url);
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint =>
        {
            // The receive that was cut may still be given the message, which then comes again after this time.
            endpoint.QueueAttributes[QueueAttributeName.VisibilityTimeout] = 2;
            prices.HandleIn(endpoint);
        }), way.Url);
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "before"));
        await prices.Next();

        way.Cut();
        await health.Faulted();
        Assert.NotEqual(BusHealthStatus.Healthy, bus.CheckHealth().Status);
        var publish = bus.Publish(new Price(2, "meanwhile"));

        way.Open();
        await publish.WaitAsync(HangGuard.Limit);
        Assert.Equal(2, (await prices.Next()).Message.Number);
        await health.Ready();
        Assert.Equal(BusHealthStatus.Healthy, bus.CheckHealth().Status);
    }

    [Fact]
    public async Task a_stop_ends_also_while_the_endpoint_is_away_and_a_handled_message_cannot_be_deleted()
    {
        await using var way = new CuttableProxy(url);
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(async context =>
        {
            started.TrySetResult();
            await release.Task;
            await context.Publish(new Trade(context.Message.Number));
        })), way.Url);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "p"));
        await started.Task.WaitAsync(HangGuard.Limit);

        way.Cut();
        release.SetResult();

        await bus.StopAsync().WaitAsync(HangGuard.Limit);
    }

    [Fact]
    public async Task a_bus_that_starts_while_the_endpoint_is_away_works_when_it_comes()
    {
        await using var way = new CuttableProxy(url);
        way.Cut();
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)), way.Url);
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        var start = bus.StartAsync();
        await health.Faulted();

        way.Open();
        await start.WaitAsync(HangGuard.Limit);
        await bus.Publish(new Price(1, "at last"));

        Assert.Equal(1, (await prices.Next()).Message.Number);
    }

    [Fact]
    public async Task a_queue_and_a_topic_that_vanish_are_made_again()
    {
        var prices = new Received<Price>();
        var bus = Create(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.WaitTimeSeconds = 0;
            prices.HandleIn(endpoint);
        }));
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        await bus.StartAsync();
        await bus.Publish(new Price(1, "before"));
        await prices.Next();

        var queue = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["QueueArn"]);
        var topic = queue.QueueARN.Replace(":sqs:", ":sns:", StringComparison.Ordinal)
            .Replace(Queue, $"{name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal);
        await sns.DeleteTopicAsync(topic);
        await sqs.DeleteQueueAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl);
        await health.Faulted();
        await health.Ready();
        await bus.Publish(new Price(2, "after"));

        Assert.Equal(2, (await prices.Next()).Message.Number);
    }

    [Fact]
    public async Task batches_hold_at_most_ten_messages_and_256_KiB()
    {
        var prices = new Received<Price>();
        using var requests = Requests.Watch(
            request => request is PublishBatchRequest batch && batch.TopicArn.Contains(name, StringComparison.Ordinal));
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));

        // 60,000 characters of two bytes each: two of them fit into a request.
        await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => bus.Publish(new Price(number, new string('é', number % 2 == 0 ? 60_000 : 1)))));

        var numbers = new HashSet<int>();
        while (numbers.Count < 40)
            numbers.Add((await prices.Next()).Message.Number);
        var batches = requests.Seen.Cast<PublishBatchRequest>().Select(batch => batch.PublishBatchRequestEntries).ToList();
        Assert.Equal(40, batches.Sum(entries => entries.Count));
        Assert.All(batches, entries => Assert.InRange(entries.Count, 1, 10));
        Assert.All(batches,
            entries => Assert.InRange(entries.Sum(entry => System.Text.Encoding.UTF8.GetByteCount(entry.Message)), 1, 256 * 1024));
        Assert.True(batches.Count < 40, $"{batches.Count} requests");
    }

    [Fact]
    public async Task with_rights_to_use_but_not_to_create_it_runs_on_an_existing_topology()
    {
        var existing = await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        await existing.StopAsync();
        using var denied = Requests.Deny(request =>
            IsOfThisTest(request) && request is CreateQueueRequest or CreateTopicRequest or SubscribeRequest or SetQueueAttributesRequest);
        var prices = new Received<Price>();

        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint => prices.HandleIn(endpoint)));
        await bus.Publish(new Price(1, "p"));

        Assert.Equal(1, (await prices.Next()).Message.Number);
        Assert.DoesNotContain(log, line => line.Contains("denied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task without_the_right_to_create_what_is_missing_it_says_what_and_which_action_was_denied()
    {
        using var denied = Requests.Deny(request => IsOfThisTest(request) && request is CreateQueueRequest);
        var bus = Create(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));
        var health = new HealthChanges();
        bus.ConnectReceiveEndpointObserver(health);
        var start = bus.StartAsync();

        var error = await health.Faulted();

        Assert.Contains($"Queue {Queue} does not exist and creating it is denied (sqs:CreateQueue)",
            error.Message, StringComparison.Ordinal);
        Assert.Contains(log, line => line.Contains("sqs:CreateQueue", StringComparison.Ordinal));
        denied.Dispose();
        await start.WaitAsync(HangGuard.Limit);
        Assert.Equal(BusHealthStatus.Healthy, await bus.WaitForHealthStatus(BusHealthStatus.Healthy, HangGuard.Limit));
    }

    [Fact]
    public async Task a_missing_subscription_that_may_not_be_made_is_reported()
    {
        using var denied = Requests.Deny(request => IsOfThisTest(request) && request is SubscribeRequest);

        await StartAsync(bus => Receive(bus, Queue, endpoint => endpoint.Handler<Price>(_ => Task.CompletedTask)));

        Assert.Contains(log, line => line.Contains(
            $"Queue {Queue} is not subscribed to topic {name}_Trading_Integration_Tests_AmazonSqs-Price", StringComparison.Ordinal)
            && line.Contains("sns:Subscribe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_temporary_queue_is_gone_after_the_stop()
    {
        var bus = await StartAsync(bus => Receive(bus, Queue, endpoint =>
        {
            endpoint.AutoDelete = true;
            endpoint.WaitTimeSeconds = 0;
            endpoint.Handler<Price>(_ => Task.CompletedTask);
        }));
        Assert.NotNull((await sqs.GetQueueUrlAsync(Queue)).QueueUrl);

        await bus.StopAsync();

        await Assert.ThrowsAsync<QueueDoesNotExistException>(() => sqs.GetQueueUrlAsync(Queue));
    }

    [Fact]
    public void a_queue_name_or_wait_that_sqs_does_not_allow_is_refused_before_the_start()
    {
        var error = Assert.Throws<ConfigurationException>(() => Create(bus => Receive(bus, "prices.fifo", endpoint =>
        {
            endpoint.WaitTimeSeconds = 21;
            endpoint.Handler<Price>(_ => Task.CompletedTask);
        })));

        Assert.Contains("must be a queue name of at most 72 letters", error.Message, StringComparison.Ordinal);
        Assert.Contains("must be 0 to 20, was 21", error.Message, StringComparison.Ordinal);
    }

    private bool IsOfThisTest(AmazonWebServiceRequest request) => request switch
    {
        CreateQueueRequest create => create.QueueName.StartsWith(name + "-", StringComparison.Ordinal),
        CreateTopicRequest create => create.Name.StartsWith(name + "_", StringComparison.Ordinal),
        SubscribeRequest subscribe => subscribe.Endpoint.EndsWith(":" + Queue, StringComparison.Ordinal),
        SetQueueAttributesRequest set => set.QueueUrl.EndsWith("/" + Queue, StringComparison.Ordinal),
        _ => false,
    };

    private async Task<IBusControl> StartAsync(Action<IAmazonSqsBusFactoryConfigurator> configure)
    {
        var bus = Create(configure);
        await bus.StartAsync(HangGuard.Limit);
        return bus;
    }

    private IBusControl Create(Action<IAmazonSqsBusFactoryConfigurator> configure, Uri? endpoint = null)
    {
        var address = (endpoint ?? url).ToString();
        var provider = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new Lines(log)))
            .AddMassTransit(registration => registration.UsingAmazonSqs((_, bus) =>
            {
                bus.Host("us-east-1", host =>
                {
                    host.AccessKey("test");
                    host.SecretKey("secret");
                    host.Scope(name, scopeTopics: true);
                    host.Config(new AmazonSQSConfig { ServiceURL = address });
                    host.Config(new AmazonSimpleNotificationServiceConfig { ServiceURL = address });
                });
                configure(bus);
            }))
            .BuildServiceProvider();
        services.Add(provider);
        var bus = provider.GetRequiredService<IBusControl>();
        buses.Add(bus);
        return bus;
    }

    private async Task<(int Waiting, int Taken)> CountsAsync()
    {
        var attributes = await sqs.GetQueueAttributesAsync((await sqs.GetQueueUrlAsync(Queue)).QueueUrl, ["All"]);
        return (attributes.ApproximateNumberOfMessages, attributes.ApproximateNumberOfMessagesNotVisible);
    }

    private async Task<Amazon.SQS.Model.Message> ReceiveRawAsync(string queue)
    {
        var request = new ReceiveMessageRequest((await sqs.GetQueueUrlAsync(queue)).QueueUrl)
        { WaitTimeSeconds = 20, MessageAttributeNames = ["All"] };
        return Assert.Single((await sqs.ReceiveMessageAsync(request)).Messages);
    }

    // A stop waits for the receive in progress, so the tests wait at the queue for a second only.
    private static void Receive(
        IAmazonSqsBusFactoryConfigurator bus, string queue, Action<IAmazonSqsReceiveEndpointConfigurator> configure) =>
        bus.ReceiveEndpoint(queue, endpoint =>
        {
            endpoint.WaitTimeSeconds = 1;
            configure(endpoint);
        });

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    private sealed class Received<T> where T : class
    {
        private readonly System.Threading.Channels.Channel<ConsumeContext<T>> messages =
            System.Threading.Channels.Channel.CreateUnbounded<ConsumeContext<T>>();

        internal void HandleIn(IReceiveEndpointConfigurator endpoint) => endpoint.Handler<T>(Handle);

        internal Task Handle(ConsumeContext<T> context) => messages.Writer.WriteAsync(context).AsTask();

        internal async Task<ConsumeContext<T>> Next() => await messages.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);
    }

    private sealed class HealthChanges : IReceiveEndpointObserver
    {
        private readonly System.Threading.Channels.Channel<Exception> faults =
            System.Threading.Channels.Channel.CreateUnbounded<Exception>();
        private TaskCompletionSource ready = new();

        internal async Task<Exception> Faulted() => await faults.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);

        internal Task Ready() => ready.Task.WaitAsync(HangGuard.Limit);

        Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady endpoint)
        {
            ready.TrySetResult();
            return Task.CompletedTask;
        }

        Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted)
        {
            ready = new TaskCompletionSource();
            faults.Writer.TryWrite(faulted.Exception!);
            return Task.CompletedTask;
        }

        Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    /// <summary>Sees, and on demand denies as AWS does, what the clients of this process ask for.</summary>
    private sealed class Requests(Func<AmazonWebServiceRequest, bool> wanted, bool deny) : IDisposable
    {
        private static readonly ConcurrentDictionary<Requests, bool> Watching = new();

        static Requests() => RuntimePipelineCustomizerRegistry.Instance.Register(new Customizer());

        internal ConcurrentQueue<AmazonWebServiceRequest> Seen { get; } = new();

        internal static Requests Watch(Func<AmazonWebServiceRequest, bool> wanted) => Add(new Requests(wanted, deny: false));

        internal static Requests Deny(Func<AmazonWebServiceRequest, bool> wanted) => Add(new Requests(wanted, deny: true));

        public void Dispose() => Watching.TryRemove(this, out _);

        private static Requests Add(Requests requests)
        {
            Watching[requests] = true;
            return requests;
        }

        private void See(AmazonWebServiceRequest request)
        {
            if (!wanted(request))
                return;
            Seen.Enqueue(request);
            if (deny)
                throw request is CreateQueueRequest or SetQueueAttributesRequest
                    ? new AmazonSQSException(
                        "User is not authorized")
                    { ErrorCode = "AccessDenied", StatusCode = System.Net.HttpStatusCode.Forbidden }
                    : new AuthorizationErrorException("User is not authorized")
                    { ErrorCode = "AuthorizationError", StatusCode = System.Net.HttpStatusCode.Forbidden };
        }

        private sealed class Customizer : IRuntimePipelineCustomizer
        {
            public string UniqueName => "test";

            public void Customize(Type type, RuntimePipeline pipeline) => pipeline.AddHandlerAfter<Marshaller>(new Handler());
        }

        private sealed class Handler : PipelineHandler
        {
            public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
            {
                foreach (var requests in Watching.Keys)
                    requests.See(executionContext.RequestContext.OriginalRequest);
                return base.InvokeAsync<T>(executionContext);
            }
        }
    }
}
