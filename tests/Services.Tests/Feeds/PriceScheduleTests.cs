using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>Prices are collected each interval, whatever the clock does.</summary>
public sealed class PriceScheduleTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(2, 60, 58)]
    [InlineData(59.999, 60, 0.001)]
    [InlineData(61, 60, 0)]
    [InlineData(200, 180, 0)]
    [InlineData(-3600, -3540, 60)]
    [InlineData(-3590, -3540, 50)]
    [InlineData(3605, 3600, 0)]
    [InlineData(-630_720_000, -630_719_940, 60)]
    [InlineData(630_720_000, 630_720_000, 0)]
    public void the_next_interval_is_never_more_than_one_away(double clockAfter, double next, double wait)
    {
        var (due, left) = PriceSchedule.After(Noon, Noon.AddSeconds(clockAfter), Minute);
        Assert.Equal((Noon.AddSeconds(next), TimeSpan.FromSeconds(wait)), (due, left));
    }

    [Fact]
    public void random_jumps_of_the_clock_neither_stop_nor_stall_it()
    {
        var random = new Random(20);
        var (now, last) = (Noon, Noon);
        for (var step = 0; step < 10_000; step++)
        {
            now += TimeSpan.FromSeconds(random.Next(5) switch
            {
                0 => random.Next(-31_536_000, 31_536_000),
                1 => random.Next(-120, 120),
                _ => random.NextDouble() * 3,
            });
            var (next, wait) = PriceSchedule.After(last, now, Minute);
            Assert.InRange(wait, TimeSpan.Zero, Minute);
            Assert.Equal(0, next.UtcTicks % Minute.Ticks);
            Assert.InRange(next - now, -Minute, Minute);
            (last, now) = (next, now + wait);
        }
    }
}
