using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// RiskManager and Executor whose clock somebody sets, by seconds, hours and years, while orders are under way, and which start anew with a
/// clock that is wrong. The exchange's own clock goes on.
/// </summary>
public sealed class ClockCampaignTests
{
    private JumpingClock _clock = null!;
    private LogCapture _log = null!;

    [Theory]
    [InlineData("binance", 3)]
    [InlineData("coinbase", 4)]
    public async Task jumps_of_the_clock_are_told_and_double_no_order_break_no_limit_and_stop_no_loop_and_no_exit(string name, int seed)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.Settings = FaultCampaign.Settings(system.Settings);
        var random = new Random(seed);
        var app = await StartAsync(system, TimeSpan.Zero, passes: true);
        for (var step = 0; step < LongForm.Or(100, 3); step++)
        {
            var jump = TimeSpan.FromSeconds((random.Next(2) == 0 ? 1 : -1) * random.Next(4) switch
            { 0 => 5 + random.Next(60), 1 => 3600, 2 => 86_400 * 30, _ => 631_152_000 });
            if (random.Next(4) == 0)
            {
                await system.CrashAsync(app);
                app = await StartAsync(system, jump, passes: false);
                await OrdersAsync(system, talk, app, random);
                await system.CrashAsync(app);
                app = await StartAsync(system, TimeSpan.Zero, passes: false);
                continue;
            }
            await OrdersAsync(system, talk, app, random);
            await JumpAsync(jump);
            await OrdersAsync(system, talk, app, random);
            await JumpAsync(-jump);
            // Whoever set it right lets it trade again.
            await system.DecideAsync(new ResumeTrading("kim", "the clock is right", system.Clock.GetUtcNow()));
        }
        await FaultCampaign.EndsWellAsync(system, talk, app);
    }

    private async Task<WebApplication> StartAsync(ExchangeSystem system, TimeSpan off, bool passes)
    {
        // The watch looks every 10 s, here sooner.
        (_clock, _log) = (new(system.Clock, wait => wait.TotalSeconds is > 8 and <= 10 ? TimeSpan.FromMilliseconds(200) : wait),
            new(LogLevel.Warning));
        var clock = _clock;
        _clock.Jump(off);
        return await system.StartAsync(passes, more: trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.Services.AddLogging(logging => logging.AddProvider(_log));
            // Beside the program's own, which goes by the machine's clock; AddHostedService would leave a second one out.
            trading.Services.AddSingleton<IHostedService>(services => new ClockWatch(services.GetRequiredService<TradeJournal>(),
                services.GetRequiredService<SenderClocks>(), ExchangeTalk.Control(services.GetRequiredService<TradeJournal>(), clock),
                system.Settings, services.GetRequiredService<TradingMetrics>(), clock, services.GetRequiredService<Supervision>(),
                services.GetRequiredService<ILogger<ClockWatch>>()));
            trading.AddRiskManager();
        });
    }

    private async Task JumpAsync(TimeSpan by)
    {
        var told = Told();
        _clock.Jump(by);
        await UntilAsync(() => Task.FromResult(Told() > told), $"a jump by {by} was not told");

        int Told() => _log.Lines.Count(line => line.Contains("clock jumped by", StringComparison.Ordinal));
    }

    // Nobody waits for a decision: with a wrong clock there may be none, which the log tells.
    private static async Task OrdersAsync(ExchangeSystem system, ExchangeTalk talk, WebApplication app, Random random)
    {
        var bus = app.Services.GetRequiredService<IBus>();
        for (var times = 0; times < 3; times++)
        {
            var (price, prediction) = talk.Make(random.Next(3) == 0 ? Direction.Down : Direction.Up);
            await bus.Publish(price);
            await bus.Publish(prediction);
        }
        await Task.WhenAny(Task.Delay(300), UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty));
    }
}
