using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Trading.TestKit.Distributed;
using Trading.TestKit.Profiles;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>
/// The system as one of its profiles for AWS has it: Predictor, RiskManager and Executor as processes, PriceCollector in this one so that
/// its clock can be moved, its live sources, and servers that stand for all that the profile uses of AWS. It differs from the profile in
/// addresses, in names that no other test has, and in what it is given besides.
/// </summary>
internal sealed class ProfileSystem : IAsyncDisposable
{
    private readonly LocalAws _aws;
    private readonly string _settingsFile;
    private readonly ManualTime _time;
    private readonly List<IAsyncDisposable> _owned = [];
    private DistributedSystem? _services;
    private PlayedCollector? _collector;
    private ProfileMailbox? _mailbox;

    private ProfileSystem(LocalAws aws, string folder, ManualTime time) =>
        (_aws, _settingsFile, _time) = (aws, Path.Combine(folder, "settings.json"), time);

    /// <summary>The servers that stand for what the profile uses of AWS.</summary>
    public ProfileServers Servers { get; private set; } = null!;

    public DistributedSystem Services => _services!;

    public TradingSettings Settings => Services.Settings;

    /// <summary>What PriceCollector has logged.</summary>
    public LogCapture Log => _collector!.Log;

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
        var system = new ProfileSystem(aws, folder, new(start));
        try
        {
            system.Servers = await ProfileServers.StartAsync(aws, movePercent);
            system._owned.Add(system.Servers);
            var market = await PlayedMarket.StartAsync(candles.Minutes, system._time);
            system._owned.Add(market);
            await system.StartServicesAsync(profile, candles.File, market, start, more ?? []);
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
    public Task PlayAsync(DateTimeOffset to) => _collector!.PlayAsync(to);

    /// <summary>
    /// Waits until every store has every price, every ended trade is in its table and every alert was sent, and ends the services.
    /// </summary>
    public async Task EndAsync()
    {
        await Services.UntilAsync("everything is stored", () => Task.FromResult(_collector!.Sinks.Queues.All(queue => queue.Count == 0)));
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
    public Task<List<Message>> MailAsync() => _mailbox!.MailAsync();

    /// <summary>Runs trading with the settings of the services.</summary>
    public Task<CliProgram.Result> CommandAsync(params string[] arguments) => CliProgram.RunAsync(
        new Dictionary<string, string>(_aws.Environment)
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
            await _collector.DisposeAsync();
        if (_services is not null)
            await _services.DisposeAsync();
        foreach (var owned in _owned)
            await owned.DisposeAsync();
    }

    private async Task StartServicesAsync(string profile, string candles, PlayedMarket market, DateTimeOffset start, JsonObject more)
    {
        await File.WriteAllTextAsync(_settingsFile, ProfileSettings.Of(profile, Servers, market, more).ToJsonString());

        // Their time comes with the prices, as in a recorded run.
        _services = await DistributedSystem.CreateAsync(_aws,
            ["--settings", _settingsFile, "--profile", profile, .. DistributedSystem.Recorded(candles), "--from", $"{start:s}Z"]);
        // The profiles leave the tables to who owns them.
        var migrated = await CommandAsync("journal", "migrate");
        Assert.True(migrated.Code == 0, migrated.Output + migrated.Errors);
        _mailbox = await ProfileMailbox.SubscribeAsync(_aws, Services.Sqs, Settings);
        Services.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor]);
        foreach (var (name, service) in Services.Running)
            await Services.UntilAsync($"{name} is ready",
                async () => service.HasExited ? throw new InvalidOperationException(service.Output) : await service.IsReadyAsync());
        await Services.UntilAsync("alerts are looked for", async () => await ScalarAsync("select count(*) from alert_progress") > 0);

        _collector = new(Services, _time, start);
        await _collector.StartAsync();
    }
}
