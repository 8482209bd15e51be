using Trading.Core.Indicators;

namespace Trading.Core.Tests;

/// <summary>Indicators against their definitions, and over long runs.</summary>
public sealed class IndicatorTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(50)]
    public void windows_give_at_every_bar_what_their_definition_gives(int length)
    {
        var random = new Random(length);
        var values = Enumerable.Range(0, 500).Select(_ => 100 + random.Next(40) / 4.0).ToArray();
        var (sma, wma, sample, population, channel) = (
            new Sma(length), new Wma(length), new RollingDeviation(length, true),
            new RollingDeviation(length, false), new Donchian(length));
        for (var end = 1; end <= values.Length; end++)
        {
            var last = values[Math.Max(0, end - length)..end];
            var full = last.Length == length;
            var mean = last.Average();
            var squares = last.Sum(value => (value - mean) * (value - mean));
            Same(full, mean, sma.Add(values[end - 1]));
            Same(full, last.Select((value, at) => value * (at + 1)).Sum() / (length * (length + 1) / 2.0), wma.Add(values[end - 1]));
            Same(full, Math.Sqrt(squares / (length - 1)), sample.Add(values[end - 1]));
            Same(full, Math.Sqrt(squares / length), population.Add(values[end - 1]));
            var band = channel.Add(values[end - 1] + 1, values[end - 1] - 1);
            Same(full, last.Max() + 1, band.Upper);
            Same(full, last.Min() - 1, band.Lower);
        }
    }

    [Fact]
    public void errors_of_rounding_do_not_pile_up_over_ten_million_bars()
    {
        var random = new Random(1);
        var (sma, wma, deviation) = (new Sma(50), new Wma(50), new RollingDeviation(50, sample: true));
        for (var bar = 0; bar < 10_000_000; bar++)
        {
            var value = bar % 1000 == 0 ? 1e9 : random.NextDouble();
            sma.Add(value);
            wma.Add(value);
            deviation.Add(value);
        }
        foreach (var value in Enumerable.Range(1, 120))
            (_, _, _) = (sma.Add(value), wma.Add(value), deviation.Add(value));
        Assert.Equal(95.5, sma.Value, 9);
        Assert.Equal(Enumerable.Range(1, 50).Sum(weight => weight * (70.0 + weight)) / 1275, wma.Value, 9);
        Assert.Equal(Math.Sqrt(50 * 51 / 12.0), deviation.Value, 9);
    }

    [Fact]
    public void nothing_is_allocated_per_bar()
    {
        var (ema, macd, rsi, adx, atr, bollinger, donchian, vwap) = (new Ema(20), new Macd(), new Rsi(), new Adx(), new Atr(),
            new Bollinger(), new Donchian(), new Vwap());
        Run(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(10_000);
        // A collection that another test causes counts the rest of this thread's piece of memory, 8 KiB at most; an object a bar would be
        // 240,000 bytes at least.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8192);

        void Run(int bars)
        {
            for (var bar = 0; bar < bars; bar++)
            {
                var price = 100 + bar % 17;
                ema.Add(price);
                macd.Add(price);
                rsi.Add(price);
                adx.Add(price + 1, price - 1, price);
                atr.Add(price + 1, price - 1, price);
                bollinger.Add(price);
                donchian.Add(price + 1, price - 1);
                vwap.Add(bar * 60L, price + 1, price - 1, price, 2);
            }
        }
    }

    [Fact]
    public void bars_that_do_not_move_have_a_middling_state_and_no_division_by_zero()
    {
        var (rsi, adx, deviation) = (new Rsi(3), new Adx(3), new RollingDeviation(3, sample: true));
        for (var bar = 0; bar < 20; bar++)
        {
            rsi.Add(5);
            adx.Add(5, 5, 5);
            deviation.Add(5);
        }
        Assert.Equal((100, 0, 0), (rsi.Value, adx.Value.Adx, deviation.ZScore));
    }

    [Fact]
    public void the_volume_weighted_price_starts_again_each_utc_day()
    {
        var vwap = new Vwap();
        Assert.Equal(10, vwap.Add(86_340, 11, 9, 10, 5));
        Assert.Equal(20, vwap.Add(86_400, 21, 19, 20, 1));
        Assert.Equal(23, vwap.Add(86_460, 25, 23, 24, 3));
        Assert.Equal(double.NaN, vwap.Add(172_800, 1, 1, 1, 0));
    }

    private static void Same(bool known, double expected, double actual) => Assert.Equal(known ? expected : double.NaN, actual, 1e-9);
}
