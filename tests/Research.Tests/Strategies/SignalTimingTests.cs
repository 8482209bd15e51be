using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Tests.Strategies;

/// <summary>Where decisions are rarer than prices no signal of a strategy is lost.</summary>
public class SignalTimingTests
{
    private const long Start = 1_709_251_200;

    [Fact]
    public void a_signal_between_two_decisions_waits_for_the_next_one_and_a_newer_one_takes_its_place()
    {
        // Bars close at minutes 1 to 10; decisions are due at 5 and at 10.
        var heard = HeardSignals.Of(
            new At((2, TradeAction.Sell), (3, TradeAction.Buy), (10, TradeAction.Sell)), SignalTiming.Pending, 60, 300);

        var signals = Enumerable.Range(0, 10).Select(minute => heard.OnBar(Bar(minute)).Action).ToList();

        Assert.Equal((TradeAction.Buy, TradeAction.Sell), (signals[4], signals[9]));
        Assert.Equal(8, signals.Count(action => action == TradeAction.Hold));
    }

    [Fact]
    public void a_signal_that_was_heard_is_not_heard_again()
    {
        var heard = HeardSignals.Of(new At((4, TradeAction.Buy)), SignalTiming.Pending, 60, 300);
        Assert.Equal(1, Enumerable.Range(0, 20).Count(minute => heard.OnBar(Bar(minute)).Action == TradeAction.Buy));
    }

    [Fact]
    public void no_crossing_of_a_rule_is_lost_and_the_old_way_lost_four_of_five()
    {
        var bars = Given.Prices(seed: 5, minutes: 20_000)
            .Select((price, i) => new Candle(Start + 60 * i, price.Price, price.Price, price.Price, price.Price, 1)).ToArray();
        var alone = new SmaCrossover(3, 8);
        var crossings = bars.Select(bar => (Bar: bar, alone.OnBar(bar).Action)).Where(signal => signal.Action != TradeAction.Hold).ToList();
        var heard = HeardSignals.Of(new SmaCrossover(3, 8), SignalTiming.Pending, 60, 300);

        var periods = crossings.GroupBy(signal => (signal.Bar.OpenTimeUnixSeconds + 60 + 299) / 300)
            .Select(group => (At: group.Key, group.Last().Action)).ToList();
        var acted = bars.Select(bar => (At: (bar.OpenTimeUnixSeconds + 60 + 299) / 300, heard.OnBar(bar).Action))
            .Where(signal => signal.Action != TradeAction.Hold).ToList();

        Assert.Equal(periods, acted);
        Assert.True(crossings.Count(signal => (signal.Bar.OpenTimeUnixSeconds + 60) % 300 == 0) * 3 < acted.Count);
    }

    [Fact]
    public void decision_bars_give_a_strategy_what_bars_of_that_length_would()
    {
        var bars = Given.Prices(seed: 6, minutes: 4000).Select((price, i) => new Candle(
            Start + 60 * i, price.Price, price.Price + i % 3, price.Price - i % 4, price.Price + i % 2, 1)).ToArray();
        var heard = HeardSignals.Of(new Breakout(6, 4), SignalTiming.DecisionBars, 60, 300);
        var longer = new Breakout(6, 4);
        var expected = bars.Chunk(5).Select(five => longer.OnBar(new(
            five[0].OpenTimeUnixSeconds, five[0].Open, five.Max(bar => bar.High), five.Min(bar => bar.Low), five[^1].Close, 5)).Action);

        var signals = bars.Select(bar => heard.OnBar(bar).Action).ToList();

        Assert.Equal(expected, signals.Where((_, i) => i % 5 == 4));
        Assert.All(signals.Where((_, i) => i % 5 != 4), action => Assert.Equal(TradeAction.Hold, action));
    }

    [Fact]
    public void a_stop_of_a_decision_bar_holds_until_the_next_one()
    {
        var heard = HeardSignals.Of(new StopBelow(), SignalTiming.DecisionBars, 60, 300);
        var held = new StrategyPosition(1, 100, Start);

        var stops = Enumerable.Range(0, 14).Select(minute => heard.OnBar(Bar(minute), held).Stop).ToList();

        Assert.Equal([0, 0, 0, 0, 98, 98, 98, 98, 98, 98, 98, 98, 98, 98], stops);
        // Nothing is protected any more once it is sold.
        Assert.Equal(98, heard.OnBar(Bar(14), held).Stop);
        Assert.Equal(0, heard.OnBar(Bar(15), default).Stop);
    }

    [Fact]
    public void two_longer_bars_that_end_at_once_are_both_given()
    {
        // Minutes 8 to 10 are missing: what comes at 11 ends the bar of 6 and 7, and its own.
        var longer = new LongerBars(factor: 3, intervalSeconds: 60);
        var ended = new List<long>();
        foreach (var minute in new[] { 3, 4, 5, 6, 7, 11, 12 })
        {
            var count = longer.Add(Bar(minute), out var older, out var newer);
            ended.AddRange(new[] { older, newer }.Take(count).Select(bar => (bar.OpenTimeUnixSeconds - Start) / 60));
        }
        Assert.Equal([3, 6, 11], ended);
        var heard = HeardSignals.Of(new At((7, TradeAction.Buy)), SignalTiming.DecisionBars, 60, 180);
        Assert.Equal(TradeAction.Buy, new[] { 3, 4, 5, 6, 11 }.Select(minute => heard.OnBar(Bar(minute)).Action).ToList()[^1]);
    }

    [Theory]
    [InlineData(SignalTiming.Pending)]
    [InlineData(SignalTiming.DecisionBars)]
    public void a_service_that_begins_late_hears_the_same(SignalTiming timing)
    {
        var bars = Given.Prices(seed: 8, minutes: 2000)
            .Select((price, i) => new Candle(Start + 60 * i, price.Price, price.Price, price.Price, price.Price, 0)).ToArray();
        var whole = HeardSignals.Of(new SmaCrossover(3, 8), timing, 60, 300);
        var signals = bars.Select(bar => whole.OnBar(bar)).ToList();
        Assert.Contains(signals, signal => signal.Action == TradeAction.Sell);
        for (var at = 204; at < bars.Length; at += 5)
        {
            var late = HeardSignals.Of(new SmaCrossover(3, 8), timing, 60, 300);
            var said = default(Signal);
            foreach (var bar in bars.AsSpan(at + 1 - late.Bars, late.Bars))
                said = late.OnBar(bar);
            Assert.Equal(signals[at], said);
        }
    }

    [Fact]
    public void longer_bars_begin_at_whole_multiples_and_the_first_that_is_not_whole_is_left_out()
    {
        var longer = new LongerBars(factor: 3);
        var ended = new List<long>();
        foreach (var minute in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 10, 12 })
        {
            if (longer.Add(Bar(minute), out var bar, out _) > 0)
                ended.Add((bar.OpenTimeUnixSeconds - Start) / 60);
        }
        // Minute 6 and 11 are missing: the bar of 7 and 8 begins late, and that of 9 and 10 ends when 12 comes.
        Assert.Equal([3, 7, 9], ended);
    }

    private static Candle Bar(int minute) => new(Start + 60 * minute, 100, 101, 99, 100, 1);

    // Sells 1 below the low of each bar.
    private sealed class StopBelow : ITradingStrategy
    {
        public string Name => "stop-below";

        public int Bars => 1;

        public bool SeesPosition => true;

        public Signal OnBar(in Candle bar) => OnBar(bar, default);

        public Signal OnBar(in Candle bar, in StrategyPosition held) => new(TradeAction.Hold, Stop: bar.Low - 1);
    }

    // Says something at bars that close at certain minutes.
    private sealed class At(params (int Minute, TradeAction Action)[] signals) : ITradingStrategy
    {
        public string Name => "at";

        public int Bars => 1;

        public Signal OnBar(in Candle bar)
        {
            var minute = (bar.OpenTimeUnixSeconds + 60 - Start) / 60;
            return signals.FirstOrDefault(signal => signal.Minute == minute) is { Minute: > 0 } due ? new(due.Action) : default;
        }
    }
}
