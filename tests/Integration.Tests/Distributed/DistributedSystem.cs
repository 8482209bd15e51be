using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Npgsql;
using Trading.Cli;
using Trading.Hosting;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>One system of four services as processes, with a scope and a journal of its own.</summary>
internal sealed class DistributedSystem : IAsyncDisposable
{
    public const string PriceCollector = "PriceCollector";
    public const string Predictor = "Predictor";
    public const string RiskManager = "RiskManager";
    public const string Executor = "Executor";

    private static readonly Lazy<string> Key = new(NewKey);

    /// <summary>After this time the messages of a killed process come again.</summary>
    public static readonly TimeSpan Visibility = TimeSpan.FromSeconds(2);

    private static int _systems;

    private readonly Dictionary<string, RunningService> _running = [];
    private readonly LocalAws _aws;
    private readonly IReadOnlyList<string> _switches;

    private readonly CuttableWay? _wayToAws;
    private readonly CuttableWay? _wayToJournal;

    private DistributedSystem(LocalAws aws, IReadOnlyList<string> switches, TradingSettings settings, string database, bool cuttable)
    {
        (_aws, _switches, Settings, Database) = (aws, switches, settings, database);
        if (cuttable)
            (_wayToAws, _wayToJournal) = (new(aws.Url), new(JournalAddress(database)));
        Sqs = new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion });
    }

    public static IReadOnlyList<string> All { get; } = [Predictor, RiskManager, Executor, PriceCollector];

    /// <summary>What the switches mean, as every service reads them.</summary>
    public TradingSettings Settings { get; }

    public string Database { get; }

    public AmazonSQSClient Sqs { get; }

    /// <summary>The services' way to SNS and SQS, of a cuttable system; the test's own is another.</summary>
    public CuttableWay WayToAws => _wayToAws ?? throw new InvalidOperationException("This system's ways cannot be cut.");

    /// <summary>The services' way to PostgreSQL, of a cuttable system.</summary>
    public CuttableWay WayToJournal => _wayToJournal ?? throw new InvalidOperationException("This system's ways cannot be cut.");

    /// <summary>The services that run and belong to this system, by name.</summary>
    public IReadOnlyDictionary<string, RunningService> Running => _running;

    /// <summary>The switches that each service gets, and an empty journal; topics and queues exist when this returns.</summary>
    public static Task<DistributedSystem> CreateAsync(LocalAws aws, params string[] switches) => CreateAsync(aws, cuttable: false, switches);

    /// <summary>A system whose ways to its servers can be cut.</summary>
    public static Task<DistributedSystem> CreateCuttableAsync(LocalAws aws, params string[] switches) => CreateAsync(aws, cuttable: true, switches);

    private static async Task<DistributedSystem> CreateAsync(LocalAws aws, bool cuttable, string[] switches)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var read = CommandLine.Read([.. switches, "--set", $"JournalConnection={database}"], "test", "", settings => settings, out _)!.Settings with
        {
            Transport = TransportKind.AmazonSqs, AwsServiceUrl = aws.Url.ToString(), Scope = $"distributed{Interlocked.Increment(ref _systems)}",
        };
        var system = new DistributedSystem(aws, switches, read, database, cuttable);
        await Topology.DeployAsync(read, CancellationToken.None);
        foreach (var endpoint in TradingEndpoint.All.Where(endpoint => read.Feed == FeedKind.Recorded || endpoint != TradingEndpoint.Decisions))
        {
            await system.Sqs.SetQueueAttributesAsync(
                await system.UrlAsync(endpoint.QueueName(read.Scope)), new() { [QueueAttributeName.VisibilityTimeout] = $"{Visibility.TotalSeconds}" });
        }
        return system;
    }

    /// <summary>A key that seals, as text.</summary>
    public static string NewKey()
    {
        var folder = Directory.CreateTempSubdirectory("trading-key-");
        try
        {
            var file = Path.Combine(folder.FullName, "key");
            SealKey.Create(file);
            return File.ReadAllText(file).Trim();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Recorded candles as switches.</summary>
    public static string[] Recorded(string candles) => ["--data", candles];

    /// <summary>Starts services, by their names.</summary>
    public void Start(IEnumerable<string> services)
    {
        foreach (var service in services)
            _running[service] = Run(service);
    }

    /// <summary>Starts one more process of a service, which belongs to the caller.</summary>
    public RunningService Run(string service, params string[] more)
    {
        var environment = new Dictionary<string, string>(_aws.Environment)
        {
            ["Trading__Transport"] = "amazonsqs",
            ["Trading__AwsServiceUrl"] = (_wayToAws?.Url ?? _aws.Url).ToString(),
            ["Trading__Scope"] = Settings.Scope,
            ["Trading__JournalConnection"] = _wayToJournal is null ? Database : new NpgsqlConnectionStringBuilder(Database) { Host = "127.0.0.1", Port = _wayToJournal.Port }.ConnectionString,
            ["Trading__JournalDatabase"] = new NpgsqlConnectionStringBuilder(Database).Database!,
        };
        if (Settings.SealKeySecret is null)
            environment["Trading__SealKey"] = Key.Value;
        return new($"Trading.{service}.dll", [.. _switches, .. more, "--journal", "postgres", "--http-port", "0"], environment);
    }

    /// <summary>Runs the command-line tool to its end.</summary>
    public async Task<(int ExitCode, string Output)> CommandAsync(params string[] arguments)
    {
        using var command = new RunningService("trading.dll", [.. arguments, "--scope", Settings.Scope, "--service-url", _aws.Url.ToString()], _aws.Environment);
        return (await command.ExitAsync(TimeSpan.FromSeconds(30)), command.Output);
    }

    /// <summary>Kills a service where it stands and starts it again.</summary>
    public void KillAndRestart(string service)
    {
        using (var killed = _running[service])
            killed.Kill();
        Start([service]);
    }

    /// <summary>Stops a service as a deployment does; it must end by itself, in time and well.</summary>
    public async Task TerminateAsync(string service)
    {
        using var terminated = _running[service];
        Assert.True(await terminated.TerminateAsync(TimeSpan.FromSeconds(10)) == 0, $"{service} ended badly:\n{terminated.Output}");
        _running.Remove(service);
    }

    /// <summary>Waits until a recorded run has played all its data.</summary>
    public async Task CompletedAsync(TimeSpan limit)
    {
        var exitCode = await _running[PriceCollector].ExitAsync(limit);
        Assert.True(exitCode == 0, $"the run ended with {exitCode}:\n{Output()}");
    }

    /// <summary>Whether a recorded run has played all its data.</summary>
    public bool IsCompleted => _running[PriceCollector].HasExited;

    /// <summary>Waits for something that the processes bring about.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> happened, TimeSpan limit)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!await happened())
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < limit, $"not within {limit.TotalSeconds} s: {what}\n{Output()}");
            await Task.Delay(20);
        }
    }

    /// <summary>How many events the journal holds.</summary>
    public async Task<long> EventsAsync(string type = "%")
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("select case when to_regclass('mt_events') is null then 0 else (select count(*) from mt_events where type like $1) end", connection)
        {
            Parameters = { new() { Value = type } },
        };
        try
        {
            return (long)(await count.ExecuteScalarAsync())!;
        }
        catch (PostgresException notYet) when (notYet.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return 0;
        }
    }

    /// <summary>Waiting messages and messages in flight.</summary>
    public async Task<(int Waiting, int InFlight)> DepthAsync(string queue)
    {
        var attributes = (await Sqs.GetQueueAttributesAsync(
            new GetQueueAttributesRequest { QueueUrl = await UrlAsync(queue), AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] })).Attributes;
        return (int.Parse(attributes["ApproximateNumberOfMessages"]), int.Parse(attributes["ApproximateNumberOfMessagesNotVisible"]));
    }

    /// <summary>Puts messages into a service's queue.</summary>
    public Task SendAsync(TradingEndpoint endpoint, IEnumerable<object> messages) => SendBodiesAsync(endpoint, messages.Select(message => Envelope(message)));

    /// <summary>Puts anything into a service's queue.</summary>
    public async Task SendBodiesAsync(TradingEndpoint endpoint, IEnumerable<string> bodies)
    {
        var url = await UrlAsync(endpoint.QueueName(Settings.Scope));
        foreach (var batch in bodies.Chunk(10))
        {
            var sent = await Sqs.SendMessageBatchAsync(url, [.. batch.Select((body, number) => new SendMessageBatchRequestEntry($"{number}", body)
            {
                MessageAttributes = new() { ["Content-Type"] = new MessageAttributeValue { DataType = "String", StringValue = "application/vnd.masstransit+json" } },
            })]);
            Assert.Empty(sent.Failed ?? []);
        }
    }

    /// <summary>A message as it travels: under its own type, and where wanted with other values.</summary>
    public static string Envelope(object message, Action<JsonNode>? change = null, string? type = null)
    {
        var body = JsonSerializer.SerializeToNode(message, JsonSerializerOptions.Web)!;
        change?.Invoke(body);
        return new JsonObject
        {
            ["messageId"] = $"{Guid.NewGuid()}",
            ["messageType"] = new JsonArray($"urn:message:Trading.Contracts:{type ?? message.GetType().Name}"),
            ["message"] = body,
        }.ToJsonString();
    }

    /// <summary>Up to ten of the messages that wait in a queue; they stay.</summary>
    public async Task<List<Message>> WaitingAsync(string queue) => (await Sqs.ReceiveMessageAsync(new ReceiveMessageRequest
    {
        QueueUrl = await UrlAsync(queue), MaxNumberOfMessages = 10, VisibilityTimeout = 0, MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"],
    })).Messages ?? [];

    /// <summary>Waits until so many decisions are recorded.</summary>
    public Task DecidedAsync(int decisions, TimeSpan limit) => UntilAsync($"{decisions} decisions", async () => await EventsAsync("trade_assessed") >= decisions, limit);

    public async Task<string> UrlAsync(string queue) => (await Sqs.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue })).QueueUrl;

    /// <summary>All that the services wrote so far.</summary>
    public string Output() => string.Join("\n\n", _running.Select(service => $"== {service.Key}\n{service.Value.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _running.Values)
            service.Dispose();
        Sqs.Dispose();
        foreach (var way in new[] { _wayToAws, _wayToJournal }.OfType<CuttableWay>())
            await way.DisposeAsync();
    }

    private static EndPoint JournalAddress(string database)
    {
        var server = new NpgsqlConnectionStringBuilder(database);
        return server.Host!.StartsWith('/') ? new UnixDomainSocketEndPoint(Path.Combine(server.Host, $".s.PGSQL.{server.Port}")) : new DnsEndPoint(server.Host, server.Port);
    }
}
