using System.Diagnostics;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Npgsql;
using Trading.Cli;
using Trading.Hosting;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>One system of four services as processes, with a scope and a journal of its own.</summary>
internal sealed class DistributedSystem : IAsyncDisposable
{
    public const string PriceCollector = "PriceCollector";
    public const string Predictor = "Predictor";
    public const string RiskManager = "RiskManager";
    public const string Executor = "Executor";

    /// <summary>After this time the messages of a killed process come again.</summary>
    public static readonly TimeSpan Visibility = TimeSpan.FromSeconds(2);

    private static int _systems;

    private readonly Dictionary<string, RunningService> _running = [];
    private readonly LocalAws _aws;
    private readonly IReadOnlyList<string> _switches;

    private DistributedSystem(LocalAws aws, IReadOnlyList<string> switches, TradingSettings settings, string database)
    {
        (_aws, _switches, Settings, Database) = (aws, switches, settings, database);
        Sqs = new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion });
    }

    public static IReadOnlyList<string> All { get; } = [Predictor, RiskManager, Executor, PriceCollector];

    /// <summary>What the switches mean, as every service reads them.</summary>
    public TradingSettings Settings { get; }

    public string Database { get; }

    public AmazonSQSClient Sqs { get; }

    /// <summary>The switches that each service gets, and an empty journal; topics and queues exist when this returns.</summary>
    public static async Task<DistributedSystem> CreateAsync(LocalAws aws, params string[] switches)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var read = CommandLine.Read([.. switches], "test", "", settings => settings, out _)!.Settings with
        {
            Transport = TransportKind.AmazonSqs, AwsServiceUrl = aws.Url.ToString(), Scope = $"distributed{Interlocked.Increment(ref _systems)}",
        };
        var system = new DistributedSystem(aws, switches, read, database);
        await Topology.DeployAsync(read, CancellationToken.None);
        foreach (var endpoint in TradingEndpoint.All.Where(endpoint => read.Feed == FeedKind.Recorded || endpoint != TradingEndpoint.Decisions))
        {
            await system.Sqs.SetQueueAttributesAsync(
                await system.UrlAsync(endpoint.QueueName(read.Scope)), new() { [QueueAttributeName.VisibilityTimeout] = $"{Visibility.TotalSeconds}" });
        }
        return system;
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
    public RunningService Run(string service) => new($"Trading.{service}.dll", [.. _switches, "--journal", "postgres", "--http-port", "0"], new Dictionary<string, string>(_aws.Environment)
    {
        ["Trading__Transport"] = "amazonsqs",
        ["Trading__AwsServiceUrl"] = _aws.Url.ToString(),
        ["Trading__Scope"] = Settings.Scope,
        ["Trading__JournalConnection"] = Database,
        ["Trading__JournalDatabase"] = new NpgsqlConnectionStringBuilder(Database).Database!,
    });

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

    public async Task<string> UrlAsync(string queue) => (await Sqs.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue })).QueueUrl;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _running.Values)
            service.Dispose();
        Sqs.Dispose();
        await Task.CompletedTask;
    }

    private string Output() => string.Join("\n\n", _running.Select(service => $"== {service.Key}\n{service.Value.Output}"));
}
