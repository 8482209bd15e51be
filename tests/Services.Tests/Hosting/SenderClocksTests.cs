using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Messaging;
using Trading.Hosting.Telemetry;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>What is known of the clocks of those who send messages.</summary>
public sealed class SenderClocksTests
{
    [Fact]
    public void a_sender_that_fell_silent_has_no_clock_to_go_by_and_one_that_was_set_right_is_right_again()
    {
        var time = new ManualTime(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        using var services = new ServiceCollection().AddMetrics().AddSingleton<TradingMetrics>().BuildServiceProvider();
        var clocks = new SenderClocks(services.GetRequiredService<TradingMetrics>(), TimeSpan.FromMinutes(10), time);
        for (var message = 0; message < 5; message++)
            clocks.Note("PriceObserved", time.GetUtcNow().UtcDateTime.AddSeconds(40));
        Assert.Equal(TimeSpan.FromSeconds(40), clocks.Ahead["PriceObserved"]);
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(TimeSpan.FromSeconds(40), clocks.Ahead["PriceObserved"]);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.Zero, clocks.Ahead["PriceObserved"]);
        for (var message = 0; message < 3; message++)
            clocks.Note("PriceObserved", time.GetUtcNow().UtcDateTime.AddSeconds(-1));
        Assert.Equal(TimeSpan.FromSeconds(-1), clocks.Ahead["PriceObserved"]);
    }
}
