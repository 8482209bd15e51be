using System.Collections.Immutable;
using Trading.Core.Strategies;

namespace Trading.Core.Tests;

public class HeldPositionTests
{
    private const int Minute = 60;
    private const int Decisions = 30 * Minute;
    private static readonly long Start = Given.Noon.ToUnixTimeSeconds();

    [Fact]
    public void a_strategy_that_begins_late_says_what_one_that_ran_all_the_time_says_whatever_is_held()
    {
        var random = new Random(5);
        decimal[] prices = [.. Enumerable.Range(0, 3000).Select(_ => 100 + (decimal)Math.Round(random.NextDouble() * 20, 2))];
        var (running, account) = (New(), new HeldPosition(default, null));
        var (bought, sold, held) = (0, 0, 0);
        for (var i = 0; i < prices.Length; i++)
        {
            var signal = running.OnBar(Bar(i), account.Position);
            if (i > 200 && Closes(i) % Decisions == 0)
            {
                Assert.Equal(Acted(signal, account), Acted(Late(i, account), account));
                held += account.Position.IsOpen ? 1 : 0;
            }
            if (signal.Action == TradeAction.Buy && !account.Position.IsOpen)
            {
                account = new(new(1, prices[i], Closes(i) + 1), Closes(i) + 1);
                bought++;
            }
            // An exit of the account sells between two decisions.
            else if (account.Position.IsOpen && (signal.Action == TradeAction.Sell || i % 97 == 0))
            {
                account = new(default, Closes(i) + 1);
                sold++;
            }
        }
        Assert.True(bought > 10 && sold > 10 && held > 10, $"{bought} bought, {sold} sold, {held} held");

        // A sale of nothing is none.
        static Signal Acted(Signal signal, HeldPosition now) =>
            signal.Action == TradeAction.Sell && !now.Position.IsOpen ? signal with { Action = TradeAction.Hold } : signal;
        Signal Late(int at, HeldPosition now)
        {
            var late = New();
            for (var i = at - late.Bars; i < at; i++)
                now.WarmUp(late, Bar(i), Closes(i));
            return late.OnBar(Bar(at), now.Position);
        }
        Candle Bar(int i) => new(Start + i * Minute, prices[i], prices[i], prices[i], prices[i], 0);
        static long Closes(int i) => Start + (i + 1) * Minute;
        static ITradingStrategy New() => HeardSignals.Of(new Turtle(20, 10, 20), SignalTiming.Pending, Minute, Decisions);
    }

    [Fact]
    public void what_is_held_is_read_from_the_account_with_its_newest_order()
    {
        var account = Given.Account() with
        {
            Positions = Given.Account().Positions.Add("BTC-USD", new(2, 250, 130, Given.Noon)),
            LastOrders = ImmutableSortedDictionary<string, LastOrder>.Empty
                .Add("BTC-USD", new(TradeAction.Buy, 1, Given.Noon.AddMinutes(5), Given.Noon.AddMinutes(9))),
        };

        Assert.Equal(new(new(2, 125, Start), Start + 540), HeldPosition.Since(account, "BTC-USD"));
        Assert.Equal(default, HeldPosition.Since(account, "ETH-USD"));
        Assert.Equal(default, HeldPosition.Since(null, "BTC-USD"));
    }
}
