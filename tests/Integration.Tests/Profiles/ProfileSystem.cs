using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Trading.Services;
using Trading.TestKit.Aws;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Profiles;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>
/// The system as one of its profiles for AWS has it: Predictor, RiskManager and Executor as processes, PriceCollector in this one so that
/// its clock can be moved, its live sources, and servers that stand for all that the profile uses of AWS. It differs from the profile in
/// addresses, in names that no other test has, and in what it is given besides.
/// </summary>
internal sealed class ProfileSystem : IAsyncDisposable
{
    private static readonly BasicAWSCredentials Credentials = new("local", "local");

    private readonly LocalAws _aws;
    private readonly string _settingsFile;
    private readonly ManualTime _time;
    private readonly DecisionGate _gate = new();
    private readonly List<IAsyncDisposable> _owned = [];
    private DistributedSystem? _services;
    private WebApplication? _collector;
    private string _mailbox = "";
    private DateTimeOffset _at;
    private Task _decided = Task.CompletedTask;

    private ProfileSystem(LocalAws aws, string folder, DateTimeOffset start) =>
        (_aws, _settingsFile, _time, _at) = (aws, Path.Combine(folder, "settings.json"), new(start), start);

    /// <summary>The servers that stand for what the profile uses of AWS.</summary>
    public ProfileServers Servers { get; private set; } = null!;

    public DistributedSystem Services => _services!;

    public TradingSettings Settings => Services.Settings;

    /// <summary>What PriceCollector has logged.</summary>
    public LogCapture Log { get; } = new();

    /// <summary>What waits for each store.</summary>
    public PriceSinks Sinks => _collector!.Services.GetRequiredService<PriceSinks>();

    /// <summary>Starts the services, and plays the first price.</summary>
    /// <param name="aws">SNS, SQS and S3.</param>
    /// <param name="profile">dev or prod.</param>
    /// <param name="folder">A folder of the test's.</param>
    /// <param name="candles">The recorded minutes; those of 30 days before the start fill the history.</param>
    /// <param name="start">Time of the first price.</param>
    /// <param name="movePercent">What the models on AWS predict of a price and its time.</param>
    /// <param name="more">Further settings.</param>
    public static async Task<ProfileSystem> StartAsync(
        LocalAws aws, string profile, string folder, (string File, RecordedMinutes Minutes) candles, DateTimeOffset start,
        Func<decimal, DateTimeOffset, double> movePercent, JsonObject? more = null)
    {
        var system = new ProfileSystem(aws, folder, start);
        try
        {
            system.Servers = await ProfileServers.StartAsync(aws, movePercent);
            system._owned.Add(system.Servers);
            var market = await PlayedMarket.StartAsync(candles.Minutes, system._time);
            system._owned.Add(market);
            await system.StartServicesAsync(profile, candles.File, market, more ?? []);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Plays prices, each when the one before is decided and what follows from it is done, until the decision on that of a time.
    /// </summary>
    public async Task PlayAsync(DateTimeOffset to)
    {
        var interval = TimeSpan.FromSeconds(Settings.PriceIntervalSeconds);
        while (true)
        {
            try
            {
                await _decided.WaitAsync(HangGuard.Limit);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"no decision on the price of {_at:u}\n{Log}\n{Services.Output()}");
            }
            if (_at >= to)
                return;
            await _time.WaitedFor(length => length == interval);
            _at += interval;
            _decided = Expect();
            _time.Advance(interval);
        }
    }

    /// <summary>
    /// Waits until every store has every price, every ended trade is in its table and every alert was sent, and ends the services.
    /// </summary>
    public async Task EndAsync()
    {
        await Services.UntilAsync("everything is stored", () => Task.FromResult(Sinks.Queues.All(queue => queue.Count == 0)));
        await Services.UntilAsync("every trade is in its table and alerted", async () =>
            await Services.EventsAsync("trade_closed") is var trades && trades == (await Stores.TradesAsync()).Count
            && trades == await ScalarAsync("select count(*) from alert_deliveries where key like 'trade/%'"));
        await Services.UntilAsync("every alert is sent",
            async () => await ScalarAsync("select count(*) from alert_deliveries where state <> 'sent'") == 0);
        await _collector!.StopAsync();
        foreach (var service in Services.Running.Keys.ToList())
            await Services.TerminateAsync(service);
    }

    /// <summary>What the stores hold.</summary>
    public ProfileStores Stores => new(_aws, Settings);

    /// <summary>What the subscriber of the alerts' topic has got.</summary>
    public async Task<List<Message>> MailAsync()
    {
        var mail = new List<Message>();
        while ((await Services.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(
            _mailbox)
        { MaxNumberOfMessages = 10, WaitTimeSeconds = 1, MessageAttributeNames = ["All"] })).Messages is { Count: > 0 } more)
        {
            mail.AddRange(more);
            foreach (var message in more)
                await Services.Sqs.DeleteMessageAsync(_mailbox, message.ReceiptHandle);
        }
        return mail;
    }

    /// <summary>Runs trading with the settings of the services.</summary>
    public Task<CliProgram.Result> CommandAsync(params string[] arguments) => CliProgram.RunAsync(
        new Dictionary<string, string>(
            _aws.Environment)
        {
            ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = Services.Database,
            ["Trading__Profile"] = Settings.Profile,
        },
        [.. arguments, "--settings", _settingsFile]);

    /// <summary>A number from the journal's database.</summary>
    public async Task<long> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Services.Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_collector is not null)
            await InProcessSystem.CrashAsync(_collector);
        if (_services is not null)
            await _services.DisposeAsync();
        foreach (var owned in _owned)
            await owned.DisposeAsync();
    }

    private async Task StartServicesAsync(string profile, string candles, PlayedMarket market, JsonObject more)
    {
        var settings = new JsonObject
        {
            ["Profile"] = profile, ["EnableRealTrading"] = false,
            ["PriceStores"] = new JsonArray("postgres", "dynamodb", "s3", "timestream"),
            ["SealKeySecret"] = ProfileServers.SealKeySecret, ["MessageKeySecret"] = ProfileServers.MessageKeySecret,
            ["Sources"] = Array(PlayedMarket.Sources), ["SourceAddresses"] = Array(market.SourceAddresses), ["CreateStores"] = true,
            ["AwsRegion"] = ProtocolServer.Region,
            ["BedrockServiceUrl"] = Servers.Bedrock.Url, ["SageMakerServiceUrl"] = Servers.SageMaker.Url,
            ["TimestreamUrl"] = Servers.Timestream.Url,
            ["SecretsServiceUrl"] = Servers.Secrets.Url, ["DynamoDbUrl"] = $"{Servers.WayToDynamoDb.Url}",
            ["S3Url"] = $"{Servers.WayToS3.Url}",
            ["DynamoDbPriceTable"] = StoreServers.NewName("prices"), ["DynamoDbTradeTable"] = StoreServers.NewName("trades"),
            ["RawPriceBucket"] = StoreServers.NewName("raw"),
            // The profiles' largest order is a part of such an account, and not all of it.
            ["StartingCashUsd"] = 100_000,
            // Days pass in minutes here: what is bounded for a day of the wall's clock must not end before the data, and stores must keep
            // up with a day of prices at once.
            ["ModelCallsPerDay"] = 1_000_000, ["ModelTokensPerDay"] = 2_000_000_000, ["StoreQueueLength"] = 100_000,
            ["SealIntervalSeconds"] = 1, ["AlertCheckSeconds"] = 1,
        };
        foreach (var (name, value) in more)
            settings[name] = value?.DeepClone();
        await File.WriteAllTextAsync(_settingsFile, new JsonObject { ["Trading"] = settings }.ToJsonString());

        // Their time comes with the prices, as in a recorded run.
        _services = await DistributedSystem.CreateAsync(_aws,
            ["--settings", _settingsFile, "--profile", profile, .. DistributedSystem.Recorded(candles), "--from", $"{_at:s}Z"]);
        // The profiles leave the tables to who owns them.
        var migrated = await CommandAsync("journal", "migrate");
        Assert.True(migrated.Code == 0, migrated.Output + migrated.Errors);
        await SubscribeAsync();
        Services.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor]);
        foreach (var (name, service) in Services.Running)
            await Services.UntilAsync($"{name} is ready",
                async () => service.HasExited ? throw new InvalidOperationException(service.Output) : await service.IsReadyAsync());
        await Services.UntilAsync("alerts are looked for", async () => await ScalarAsync("select count(*) from alert_progress") > 0);

        _collector = await InProcessSystem.BuildAsync(Settings with { Feed = FeedKind.Live, Data = [], From = null, HttpPort = 0 },
            Services.Database, trading =>
            {
                trading.Services.AddLogging(logging => logging.AddProvider(Log));
                trading.Services.AddSingleton<TimeProvider>(_time);
                trading.Services.AddSingleton(_gate);
                trading.AddPriceCollector();
                trading.Bus.AddConsumer<DecisionWatch, DecisionWatchDefinition>();
            });
        _decided = Expect();
        await _collector.StartAsync();
    }

    private async Task SubscribeAsync()
    {
        using var sns = new AmazonSimpleNotificationServiceClient(Credentials,
            new AmazonSimpleNotificationServiceConfig { ServiceURL = _aws.Url.ToString(), AuthenticationRegion = Settings.AwsRegion });
        var topic = (await sns.CreateTopicAsync($"{Settings.Scope}-trade-alerts")).TopicArn;
        _mailbox = (await Services.Sqs.CreateQueueAsync($"{Settings.Scope}-mailbox")).QueueUrl;
        var queue = (await Services.Sqs.GetQueueAttributesAsync(_mailbox, ["QueueArn"])).Attributes["QueueArn"];
        await sns.SubscribeAsync(
            new SubscribeRequest
            {
                TopicArn = topic,
                Protocol = "sqs",
                Endpoint = queue,
                Attributes = new() { ["RawMessageDelivery"] = "true" }
            });
    }

    private Task Expect() => _gate.Expect(DerivedId.Price(InProcessSystem.Symbol, Settings.PriceIntervalSeconds, _at));

    private static JsonArray Array(IEnumerable<string> values) => [.. values.Select(value => JsonValue.Create(value))];

    private sealed class DecisionWatchDefinition(TradingSettings settings)
        : TradingConsumerDefinition<DecisionWatch>(TradingEndpoint.Decisions, settings);
}
