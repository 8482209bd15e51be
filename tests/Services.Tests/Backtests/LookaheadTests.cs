using Trading.Cli.Backtests;
using Trading.Cli.Research;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Statistics;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>A strategy that cheats is caught, however rarely it trades: the history is cut off on and around signals and orders.</summary>
public class LookaheadTests
{
    private const long Start = 1_672_531_200;
    private const int Hour = 3600, Bars = 8760, Rises = 24, Cuts = 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void a_strategy_that_knows_later_prices_and_trades_twice_a_year_is_caught(ulong seed)
    {
        var later = new Dictionary<long, decimal>();
        var found = Check(() => new KnowsLater(later), seed);

        Assert.Equal("knows-later", found.Strategy);
        Assert.Equal((2, 2), (found.Signals, found.SignalsCovered));
        Assert.NotEmpty(found.Ahead);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void a_strategy_that_needs_more_bars_than_it_says_and_trades_twice_a_year_is_caught(ulong seed)
    {
        var found = Check(() => new LooksBack(says: 2), seed);

        Assert.Equal((2, 2), (found.Orders, found.OrdersCovered));
        Assert.Equal((2, 2), (found.Signals, found.SignalsCovered));
        Assert.NotEmpty(found.Behind);
        Assert.Empty(found.Ahead);
        Assert.Empty(Check(() => new LooksBack(says: Rises + 1), seed).Behind);
    }

    private static LookaheadCommand.Found Check(Func<ITradingStrategy> make, ulong seed)
    {
        var plan = new BacktestPlan(new TradingSettings(), Hour, Size: 0.01m, Make: make);
        return LookaheadCommand.Check(new(plan, Year()), Cuts, new SeededRandom(seed), new Progress<long>(), default);
    }

    // Quiet, except for a rise and a fall by a tenth within a day.
    private static Candle[] Year() => [.. Enumerable.Range(0, Bars).Select(hour =>
    {
        var price = hour is >= 3000 and < 6000 ? 110m : 100m;
        return new Candle(Start + Hour * hour, price, price, price, price, 10);
    })];

    // It keeps what it saw in an earlier run, and so knows in the next one what a day later will be.
    private sealed class KnowsLater(Dictionary<long, decimal> later) : ITradingStrategy
    {
        public string Name => "knows-later";

        public int Bars => 1;

        public Signal OnBar(in Candle bar)
        {
            lock (later)
            {
                later[bar.OpenTimeUnixSeconds] = bar.Close;
                return !later.TryGetValue(bar.OpenTimeUnixSeconds + Hour, out var next) || next == bar.Close ? default
                    : new(next > bar.Close ? TradeAction.Buy : TradeAction.Sell);
            }
        }
    }

    // Buys a day after a rise, sells a day after a fall.
    private sealed class LooksBack(int says) : ITradingStrategy
    {
        private readonly Queue<decimal> _closes = new();

        public string Name => "looks-back";

        public int Bars => says;

        public Signal OnBar(in Candle bar)
        {
            _closes.Enqueue(bar.Close);
            if (_closes.Count <= Rises)
                return default;
            var first = _closes.Dequeue();
            return _closes.Peek().CompareTo(first) switch { > 0 => new(TradeAction.Buy), < 0 => new(TradeAction.Sell), _ => default };
        }
    }
}
