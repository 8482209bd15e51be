using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>PriceCollector in this process, whose clock is moved from price to price.</summary>
/// <param name="services">The other services.</param>
/// <param name="time">Its clock.</param>
/// <param name="start">Time of the first price.</param>
internal sealed class PlayedCollector(DistributedSystem services, ManualTime time, DateTimeOffset start) : IAsyncDisposable
{
    private readonly DecisionGate _gate = new();
    private WebApplication? _collector;
    private DateTimeOffset _at = start;
    private Task _decided = Task.CompletedTask;

    /// <summary>What it has logged.</summary>
    public LogCapture Log { get; } = new();

    /// <summary>What waits for each store.</summary>
    public PriceSinks Sinks => _collector!.Services.GetRequiredService<PriceSinks>();

    private TradingSettings Settings => services.Settings;

    /// <summary>Starts it, and plays the first price.</summary>
    public async Task StartAsync()
    {
        _collector = await InProcessSystem.BuildAsync(Settings with { Feed = FeedKind.Live, Data = [], From = null, HttpPort = 0 },
            services.Database, trading =>
            {
                trading.Services.AddLogging(logging => logging.AddProvider(Log));
                trading.Services.AddSingleton<TimeProvider>(time);
                trading.Services.AddSingleton(_gate);
                trading.AddPriceCollector();
                trading.Bus.AddConsumer<DecisionWatch, DecisionWatchDefinition>();
            });
        _decided = Expect();
        await _collector.StartAsync();
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
                Assert.Fail($"no decision on the price of {_at:u}\n{Log}\n{services.Output()}");
            }
            if (_at >= to)
                return;
            await time.WaitedFor(length => length == interval);
            _at += interval;
            _decided = Expect();
            time.Advance(interval);
        }
    }

    public Task StopAsync() => _collector!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (_collector is not null)
            await InProcessSystem.CrashAsync(_collector);
    }

    private Task Expect() => _gate.Expect(DerivedId.Price(InProcessSystem.Symbol, Settings.PriceIntervalSeconds, _at));

    private sealed class DecisionWatchDefinition(TradingSettings settings)
        : TradingConsumerDefinition<DecisionWatch>(TradingEndpoint.Decisions, settings);
}
