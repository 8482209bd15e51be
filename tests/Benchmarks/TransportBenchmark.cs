using System.Diagnostics;
using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;

namespace Trading.Benchmarks;

/// <summary>
/// Messages per second through MassTransit over SNS and SQS beside a raw loop of the same requests (publish or send by ten, receive by ten,
/// delete by ten) on the same local endpoint, and the time from a price to its trade through the four services. Rounds take turns, so that
/// the machine's moods hit both; medians are printed.
/// </summary>
public static class TransportBenchmark
{
    private const int Rounds = 7;
    private const int Messages = 5000;
    private const int Batch = 10;
    private const int Senders = 10;
    private const int Receivers = 4;
    private const string Region = "us-east-1";
    private static readonly string[] Sources = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        await using var aws = await LocalAws.StartAsync();
        foreach (var (name, value) in aws.Environment)
            Environment.SetEnvironmentVariable(name, value);
        Print($"{Messages:N0} messages a round; a local endpoint; batches of {Batch}");
        await RatesAsync(aws);
        await LatencyAsync(aws);
        return 0;
    }

    private static async Task RatesAsync(LocalAws aws)
    {
        using var sqs = new AmazonSQSClient(new AmazonSQSConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = Region });
        using var sns = new AmazonSimpleNotificationServiceClient(
            new AmazonSimpleNotificationServiceConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = Region });
        var arrivals = new Arrivals();
        await using var services = Services(arrivals, bus => bus.UseAmazonSqs(new(Region, aws.Url.ToString(), "benchmark"), (_, _) => { }));
        // What MassTransit does with a message in memory it does with one of SNS and SQS too.
        await using var servicesInMemory = Services(arrivals,
            bus => bus.UsingInMemory((context, transport) => transport.ConfigureEndpoints(context)));
        var (control, inMemory) = (await StartAsync(services), await StartAsync(servicesInMemory));
        // The raw loop carries the same bytes.
        var first = arrivals.Expect(1);
        await control.Publish(Price(0));
        await first;
        var raw = await RawLoop.CreateAsync(sqs, sns, arrivals.Body);
        var queue = await control.GetSendEndpoint(new Uri("queue:benchmark-arrivals"));

        var (published, rawPublished, sent, rawSent, publishedInMemory) = (new List<double>(), new List<double>(), new List<double>(),
            new List<double>(), new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            var rates = new[]
            {
                await ThroughAsync(arrivals, price => control.Publish(price)), await RateAsync(raw.PublishAsync),
                await ThroughAsync(arrivals, price => queue.Send(price)), await RateAsync(raw.SendAsync),
                await ThroughAsync(arrivals, price => inMemory.Publish(price)),
            };
            if (round < 0)
                continue; // the first round warms all up
            foreach (var (list, rate) in new[] { published, rawPublished, sent, rawSent, publishedInMemory }.Zip(rates))
                list.Add(rate);
            Print($"round {round + 1}: published {rates[0],6:N0}/s beside raw {rates[1],6:N0}/s, ratio {rates[0] / rates[1]:0.00}; sent "
                + $"{rates[2],6:N0}/s beside raw {rates[3],6:N0}/s, ratio {rates[2] / rates[3]:0.00}; in memory {rates[4],6:N0}/s");
        }
        await control.StopAsync();
        await inMemory.StopAsync();

        Print($"published to a topic and consumed   {Median(published),7:N0} /s (median of {Rounds} rounds)");
        Print($"raw publish, receive, delete        {Median(rawPublished),7:N0} /s");
        Print($"ratio                               {Median([.. published.Zip(rawPublished, (one, other) => one / other)]),7:0.00}    "
            + "(aim: 0.60 or more)");
        Print($"sent to a queue and consumed        {Median(sent),7:N0} /s");
        Print($"raw send, receive, delete           {Median(rawSent),7:N0} /s");
        Print($"ratio                               {Median([.. sent.Zip(rawSent, (one, other) => one / other)]),7:0.00}    (aim: 0.60 "
            + "or more)");
        Print($"published and consumed in memory    {Median(publishedInMemory),7:N0} /s (what MassTransit itself allows)");
    }

    private static ServiceProvider Services(Arrivals arrivals, Action<IBusRegistrationConfigurator> carry) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(arrivals)
        .AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            // As the services' endpoints are.
            bus.AddConsumer<Arrival>().Endpoint(endpoint =>
            {
                endpoint.Name = "benchmark-arrivals";
                endpoint.PrefetchCount = TradingServices.TakenMessages;
                endpoint.ConcurrentMessageLimit = TradingServices.ConcurrentMessages;
            });
            carry(bus);
        })
        .BuildServiceProvider();

    private static async Task<IBusControl> StartAsync(ServiceProvider services)
    {
        var bus = services.GetRequiredService<IBusControl>();
        await bus.StartAsync();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, CancellationToken.None);
        return bus;
    }

    private static Task<double> ThroughAsync(Arrivals arrivals, Func<PriceObserved, Task> tell) => RateAsync(async () =>
    {
        var all = arrivals.Expect(Messages);
        await Parallel.ForEachAsync(Enumerable.Range(0, Messages), new ParallelOptions { MaxDegreeOfParallelism = Senders * Batch },
            async (number, _) => await tell(Price(number)));
        await all;
    });

    private static async Task<double> RateAsync(Func<Task> round)
    {
        var begin = Stopwatch.GetTimestamp();
        await round();
        return Messages / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    // The four services as they run alone, each with a bus and a journal of its own, in this process, so that one clock measures.
    private static async Task LatencyAsync(LocalAws aws)
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            // Thresholds that nearly every move reaches, so that there are trades to time.
            var settings = PipelineBenchmark.Recorded(folder.FullName) with
            {
                Transport = TransportKind.AmazonSqs,
                AwsServiceUrl = aws.Url.ToString(),
                SignalThresholdPercent = 0.005,
                SignalConfidence = 0.1,
                LeastConfidence = 0.1,
                StartingCashUsd = 100_000,
            };
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(),
                NullLogger.Instance, CancellationToken.None);
            var watch = new LatencyWatch();
            var hosts = new List<WebApplication>();
            Action<TradingServices>[] services = [trading => trading.AddPredictor(), trading => trading.AddRiskManager(),
                trading => trading.AddExecutor(), trading => trading.AddPriceCollector()];
            foreach (var register in services)
            {
                var host = await TradingHost.BuildAsync(new("benchmark", "", register) { Interactive = true },
                    new(settings, false), server.ConnectionString);
                hosts.Add(host);
                var bus = host.Services.GetRequiredService<IBusControl>();
                bus.ConnectPublishObserver(watch);
                await host.StartAsync();
                // What is published before a queue is subscribed never reaches it.
                await bus.WaitForHealthStatus(BusHealthStatus.Healthy, CancellationToken.None);
            }
            await hosts[^1].WaitForShutdownAsync();
            var run = hosts[^1].Services.GetRequiredService<RecordedRun>();
            foreach (var host in hosts)
                await host.DisposeAsync();
            if (!run.Completed)
                throw new InvalidOperationException("The recorded run did not complete.");

            Print($"price to decision                   {PipelineBenchmark.Quantile(watch.LatenciesMs, 0.5),7:0.0} ms p50, "
                + $"{PipelineBenchmark.Quantile(watch.LatenciesMs, 0.99):0.0} ms p99 ({run.Prices:N0} prices, one after the other)");
            Print($"price to trade                      {PipelineBenchmark.Quantile(watch.TradeLatenciesMs, 0.5),7:0.0} ms p50, "
                + $"{PipelineBenchmark.Quantile(watch.TradeLatenciesMs, 0.99):0.0} ms p99 ({watch.TradeLatenciesMs.Count():N0} trades)");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static PriceObserved Price(int number)
    {
        var at = DateTimeOffset.UnixEpoch.AddMinutes(number);
        return new(
            DerivedId.Price("BTC-USD", 60, at), "BTC-USD", at, 60, at, 60_000, "USD,USDT", 1_234_567_890m, 1_200_000_000_000m, 1.25m,
            Simulated: true, new(60, 1, 1, ["USD"]),
            [.. Sources.Select(source => new JudgedQuote(new Quote(source, "USD", 60_000, 1_234_567_890m, null, 1.25m, at), null))], []);
    }

    private static double Median(List<double> values) => PipelineBenchmark.Quantile(values, 0.5);

    private static void Print(string text) => Console.WriteLine(text);

    /// <summary>The requests that the transport makes, and nothing around them.</summary>
    private sealed class RawLoop(IAmazonSQS sqs, IAmazonSimpleNotificationService sns, string queue, string topic, string body)
    {
        private const string ContentType = "application/vnd.masstransit+json";

        public static async Task<RawLoop> CreateAsync(AmazonSQSClient sqs, AmazonSimpleNotificationServiceClient sns, string body)
        {
            var queue = (await sqs.CreateQueueAsync(new CreateQueueRequest("benchmark-raw"))).QueueUrl;
            var topic = (await sns.CreateTopicAsync(new CreateTopicRequest("benchmark-raw"))).TopicArn;
            var arn = (await sqs.GetQueueAttributesAsync(queue, ["QueueArn"])).QueueARN;
            await sns.SubscribeAsync(new SubscribeRequest(topic, "sqs", arn) { Attributes = new() { ["RawMessageDelivery"] = "true" } });
            return new(sqs, sns, queue, topic, body);
        }

        public Task PublishAsync() => LoopAsync(() => sns.PublishBatchAsync(new PublishBatchRequest
        {
            TopicArn = topic, PublishBatchRequestEntries = [.. Enumerable.Range(0, Batch).Select(number => new PublishBatchRequestEntry
            {
                Id = $"{number}", Message = body,
                MessageAttributes = new() { ["Content-Type"] = new() { DataType = "String", StringValue = ContentType } },
            })],
        }));

        public Task SendAsync() => LoopAsync(() => sqs.SendMessageBatchAsync(queue,
            [.. Enumerable.Range(0, Batch).Select(number => new SendMessageBatchRequestEntry($"{number}", body)
            {
                MessageAttributes = new() { ["Content-Type"] = new() { DataType = "String", StringValue = ContentType } },
            })]));

        private async Task LoopAsync(Func<Task> tell)
        {
            var deleted = 0;
            await Task.WhenAll(
                Parallel.ForEachAsync(Enumerable.Range(0, Messages / Batch), new ParallelOptions { MaxDegreeOfParallelism = Senders },
                    async (_, _) => await tell()),
                Task.WhenAll(Enumerable.Range(0, Receivers).Select(async _ =>
                {
                    while (Volatile.Read(ref deleted) < Messages)
                        Interlocked.Add(ref deleted, await ReceiveAsync());
                })));
        }

        private async Task<int> ReceiveAsync()
        {
            var messages = (await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(
                queue)
            { MaxNumberOfMessages = Batch, MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"] })).Messages
                ?? [];
            if (messages.Count > 0)
                await sqs.DeleteMessageBatchAsync(queue,
                    [.. messages.Select((message, number) => new DeleteMessageBatchRequestEntry($"{number}", message.ReceiptHandle))]);
            return messages.Count;
        }
    }

    /// <summary>Counts what arrives.</summary>
    private sealed class Arrivals
    {
        private TaskCompletionSource _all = new();
        private int _missing;

        public Task Expect(int messages)
        {
            _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _missing, messages);
            return _all.Task;
        }

        /// <summary>The last message as it travelled.</summary>
        public string Body { get; private set; } = "";

        public void Add(ReceiveContext received)
        {
            if (Interlocked.Decrement(ref _missing) > 0)
                return;
            Body = received.Body.GetString();
            _all.SetResult();
        }
    }

    private sealed class Arrival(Arrivals arrivals) : IConsumer<PriceObserved>
    {
        public Task Consume(ConsumeContext<PriceObserved> context)
        {
            arrivals.Add(context.ReceiveContext);
            return Task.CompletedTask;
        }
    }
}
