using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
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
    // How often the clock is looked at, and what that becomes here.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10), Soon = TimeSpan.FromMilliseconds(200);

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
        for (var step = 0; step < LongForm.Or(100, 5); step++)
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
        }
        await FaultCampaign.EndsWellAsync(system, talk, app);
    }

    private async Task<WebApplication> StartAsync(ExchangeSystem system, TimeSpan off, bool passes)
    {
        (_clock, _log) = (new(system.Clock, wait => wait == Every ? Soon : wait), new(LogLevel.Warning));
        _clock.Jump(off);
        return await system.StartAsync(passes, more: trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(_clock);
            trading.Services.AddLogging(logging => logging.AddProvider(_log));
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
