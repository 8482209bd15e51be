using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.SQS;
using Npgsql;
using Trading.Cli.Operations;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.LocalServers;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.TestKit.Distributed;

/// <summary>One system of four services as processes, with a scope and a journal of its own.</summary>
internal sealed partial class DistributedSystem : IAsyncDisposable
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

    private readonly string? _imageReads;
    private readonly CuttableProxy? _wayToAws;
    private readonly CuttableProxy? _wayToJournal;

    private DistributedSystem(LocalAws aws, IReadOnlyList<string> switches, TradingSettings settings, string database, bool cuttable,
        string? imageReads)
    {
        (_aws, _switches, Settings, Database, _imageReads) = (aws, switches, settings, database, imageReads);
        if (cuttable)
            (_wayToAws, _wayToJournal) = (new(aws.Url), new(JournalAddress(database)));
        Sqs = new(new BasicAWSCredentials("local", "local"),
            new AmazonSQSConfig { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion });
    }

    public static IReadOnlyList<string> All { get; } = [Predictor, RiskManager, Executor, PriceCollector];

    /// <summary>What the switches mean, as every service reads them.</summary>
    public TradingSettings Settings { get; }

    public string Database { get; }

    public AmazonSQSClient Sqs { get; }

    /// <summary>The services' way to SNS and SQS, of a cuttable system; the test's own is another.</summary>
    public CuttableProxy WayToAws => _wayToAws ?? throw new InvalidOperationException("This system's ways cannot be cut.");

    /// <summary>The services' way to PostgreSQL, of a cuttable system.</summary>
    public CuttableProxy WayToJournal => _wayToJournal ?? throw new InvalidOperationException("This system's ways cannot be cut.");

    /// <summary>The services that run and belong to this system, by name.</summary>
    public IReadOnlyDictionary<string, RunningService> Running => _running;

    /// <summary>The switches that each service gets, and an empty journal; topics and queues exist when this returns.</summary>
    public static Task<DistributedSystem> CreateAsync(LocalAws aws, params string[] switches) =>
        CreateAsync(aws, cuttable: false, null, switches);

    /// <summary>A system whose ways to its servers can be cut.</summary>
    public static Task<DistributedSystem> CreateCuttableAsync(LocalAws aws, params string[] switches) =>
        CreateAsync(aws, cuttable: true, null, switches);

    /// <summary>A system whose services are those of the image, each in a container.</summary>
    /// <param name="aws">Where topics and queues are made.</param>
    /// <param name="reads">The folder with the data that the switches name.</param>
    /// <param name="switches">What each service gets.</param>
    public static Task<DistributedSystem> CreateOfImageAsync(LocalAws aws, string reads, params string[] switches) =>
        // The journal's socket is for its own user alone: a container comes by the loopback address.
        CreateAsync(aws, cuttable: true, reads, switches);

    private static async Task<DistributedSystem> CreateAsync(LocalAws aws, bool cuttable, string? imageReads, string[] switches)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var read = CommandLine.Read([.. switches, "--set", $"JournalConnection={database}"], "test", "",
            settings => settings, out _)!.Settings with
        {
            Transport = TransportKind.AmazonSqs,
            AwsServiceUrl = aws.Url.ToString(),
            Scope = $"distributed{Interlocked.Increment(ref _systems)}",
        };
        var system = new DistributedSystem(aws, switches, read, database, cuttable, imageReads);
        await Topology.DeployAsync(read, CancellationToken.None);
        await system.ComeAgainAfterAsync(Visibility);
        return system;
    }

    /// <summary>
    /// How long a message that was received and not deleted stays away. A test that kills nobody and counts messages makes it long: on a
    /// machine that stalls for a moment they would come twice.
    /// </summary>
    public async Task ComeAgainAfterAsync(TimeSpan visibility)
    {
        foreach (var endpoint in TradingEndpoint.All.Where(
            endpoint => Settings.Feed == FeedKind.Recorded || endpoint != TradingEndpoint.Decisions))
        {
            await Sqs.SetQueueAttributesAsync(await UrlAsync(endpoint.QueueName(Settings.Scope)),
                new() { [QueueAttributeName.VisibilityTimeout] = $"{visibility.TotalSeconds}" });
        }
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
    public RunningService Run(string service, params string[] more) => _imageReads is null ? RunOfBuild(service, more)
        : RunOfImage(["service", DashedName.Of(service), .. Arguments(more)]);

    /// <summary>Starts a process of a service of this build, whatever the others are of; it belongs to the caller.</summary>
    public RunningService RunOfBuild(string service, params string[] more) =>
        new($"Trading.{service}.dll", Arguments(more), ServiceEnvironment());

    private string[] Arguments(string[] more) => [.. _switches, .. more, "--journal", "postgres", "--http-port", "0"];

    /// <summary>Starts a program of the image, which belongs to the caller.</summary>
    public RunningService RunOfImage(IEnumerable<string> arguments) =>
        TradingImage.Run(arguments, ServiceEnvironment(),
            _imageReads ?? throw new InvalidOperationException("This is no system of the image."));

    private Dictionary<string, string> ServiceEnvironment()
    {
        var environment = new Dictionary<string, string>(_aws.Environment)
        {
            ["Trading__Transport"] = "amazonsqs",
            ["Trading__AwsServiceUrl"] = (_wayToAws?.Url ?? _aws.Url).ToString(),
            ["Trading__Scope"] = Settings.Scope,
            ["Trading__JournalConnection"] = _wayToJournal is null
                ? Database : new NpgsqlConnectionStringBuilder(Database) { Host = "127.0.0.1", Port = _wayToJournal.Port }.ConnectionString,
            ["Trading__JournalDatabase"] = new NpgsqlConnectionStringBuilder(Database).Database!,
        };
        if (Settings.SealKeySecret is null)
            environment["Trading__SealKey"] = Key.Value;
        return environment;
    }

    /// <summary>Runs the command-line tool to its end.</summary>
    public async Task<(int ExitCode, string Output)> CommandAsync(params string[] arguments)
    {
        using var command = new RunningService("trading.dll",
            [.. arguments, "--scope", Settings.Scope, "--service-url", _aws.Url.ToString()], _aws.Environment);
        return (await command.ExitAsync(), command.Output);
    }

    /// <summary>Kills a service where it stands and starts it again.</summary>
    public void KillAndRestart(string service)
    {
        using (var killed = _running[service])
            killed.Kill();
        Start([service]);
    }

    /// <summary>Stops a service as a deployment does; it must end by itself and well, within the time that it gives itself.</summary>
    public async Task TerminateAsync(string service)
    {
        using var terminated = _running[service];
        var exitCode = await terminated.TerminateAsync();
        Assert.True(exitCode == 0, $"{service} ended with {exitCode}:\n{terminated.Output}");
        _running.Remove(service);
    }

    /// <summary>Waits until a recorded run has played all its data.</summary>
    public async Task CompletedAsync()
    {
        await UntilAsync("the run has played all its data", () => Task.FromResult(IsCompleted));
        var exitCode = await _running[PriceCollector].ExitAsync();
        Assert.True(exitCode == 0, $"the run ended with {exitCode}:\n{Output()}");
    }

    /// <summary>Whether a recorded run has played all its data.</summary>
    public bool IsCompleted => _running[PriceCollector].HasExited;

    /// <summary>
    /// Waits for something that the processes bring about; fails at once when one of them has ended without being asked to.
    /// </summary>
    public async Task UntilAsync(string what, Func<Task<bool>> happened)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var asked = begin; !await happened(); asked = Stopwatch.GetTimestamp())
        {
            var took = Stopwatch.GetElapsedTime(asked);
            foreach (var (name, service) in _running.Where(running => running.Value.HasExited))
                Assert.True(await service.ExitAsync() == 0, $"{name} ended while this was waited for: {what}\n{service.Output}");
            Assert.True(Stopwatch.GetElapsedTime(begin) < HangGuard.Limit,
                $"not within {HangGuard.Limit.TotalMinutes} minutes: {what}\n{Output()}");
            // What takes long to ask for is asked for seldom: it takes the processor from the processes.
            await Task.Delay(Math.Clamp((int)(10 * took.TotalMilliseconds), 100, 500));
        }
    }

    /// <summary>How many events the journal holds.</summary>
    public async Task<long> EventsAsync(string type = "%")
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand(
            "select case when to_regclass('mt_events') is null then 0 else (select count(*) from mt_events where type like $1) end",
            connection)
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

    /// <summary>Waits until so many decisions are recorded.</summary>
    public Task DecidedAsync(int decisions) =>
        UntilAsync($"{decisions} decisions", async () => await EventsAsync("trade_assessed") >= decisions);

    /// <summary>All that the services wrote so far.</summary>
    public string Output() => string.Join("\n\n", _running.Select(service => $"== {service.Key}\n{service.Value.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _running.Values)
            service.Dispose();
        Sqs.Dispose();
        foreach (var way in new[] { _wayToAws, _wayToJournal }.OfType<CuttableProxy>())
            await way.DisposeAsync();
    }

    private static EndPoint JournalAddress(string database)
    {
        var server = new NpgsqlConnectionStringBuilder(database);
        return server.Host!.StartsWith('/')
            ? new UnixDomainSocketEndPoint(Path.Combine(server.Host, $".s.PGSQL.{server.Port}"))
            : new DnsEndPoint(server.Host, server.Port);
    }
}
