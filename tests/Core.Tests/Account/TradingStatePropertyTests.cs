using FsCheck.Fluent;
using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>What goes out in any history while an account is halted, reduced or latched, and at which pace.</summary>
public class TradingStatePropertyTests
{
    [Fact]
    public void a_halted_account_approves_nothing_and_a_reducing_one_no_buy() => AfterEveryStep(seed: 7, step =>
    {
        var symbol = step.Before.SymbolStates?.GetValueOrDefault(Given.Symbol) ?? TradingState.Active;
        if (step.Before.State == TradingState.Halted || symbol == TradingState.Halted)
            Assert.Null(step.Assessment?.Order);
        if (step.Before.State == TradingState.Reducing || symbol == TradingState.Reducing)
            Assert.NotEqual(TradeAction.Buy, step.Assessment?.Order?.Side);
    });

    // The state is folded here from the events alone, and the order was approved whenever that was.
    [Fact]
    public void nothing_goes_out_while_trading_is_halted_and_no_purchase_while_it_is_reduced() => AfterEveryHistory(seed: 14, steps =>
    {
        var (account, symbol) = (TradingState.Active, TradingState.Active);
        foreach (var step in steps)
        {
            if (step.Sent is { } order)
            {
                Assert.False(account == TradingState.Halted || symbol == TradingState.Halted,
                    $"{order} went out while trading was halted.");
                Assert.False(order.Side == TradeAction.Buy && (account != TradingState.Active || symbol != TradingState.Active),
                    $"{order} went out while trading was reduced.");
            }
            foreach (var happened in step.Happened)
            {
                (account, symbol) = happened switch
                {
                    TradingHalted => (TradingState.Halted, symbol),
                    TradingReduced => (TradingState.Reducing, symbol),
                    TradingResumed => (TradingState.Active, symbol),
                    LimitLatched or FlattenOrdered when account == TradingState.Active => (TradingState.Reducing, symbol),
                    SymbolStateSet set => (account, set.State),
                    _ => (account, symbol),
                };
            }
        }
    });

    // Counted from the events alone, beside the account's own counts.
    [Fact]
    public void orders_keep_to_their_pace_and_nothing_is_bought_while_a_limit_is_latched_or_an_exit_is_young() =>
        AfterEveryHistory(seed: 11, steps =>
        {
            var orders = new List<FundsReserved>();
            var stops = new HashSet<Guid>();
            var (open, latched, exitAt) = (0, false, DateTimeOffset.MinValue);
            foreach (var (step, happened) in steps.SelectMany(step => step.Happened.Select(happened => (step, happened))))
            {
                switch (happened)
                {
                    case FundsReserved { Order.Type: OrderType.Stop } stop:
                        stops.Add(stop.TradeId);
                        break;
                    case TradeSettled settled when stops.Remove(settled.TradeId):
                        exitAt = settled.At > exitAt ? settled.At : exitAt;
                        break;
                    case ReservationReleased released when stops.Remove(released.TradeId):
                        break;
                    case FundsReserved { Order: var order, At: var at } reserved:
                        orders.Add(reserved);
                        open++;
                        if (order.Exit is not null)
                        {
                            exitAt = at;
                            break;
                        }
                        var pace = step.Before.Limits!.Pace!;
                        Assert.True(open <= pace.MaxOpenOrders);
                        Assert.True(orders.Count(other => Minute(other.At) == Minute(at)) <= pace.MaxOrdersPerMinute);
                        Assert.True(orders.Count(other => other.At.UtcDateTime.Date == at.UtcDateTime.Date) <= pace.MaxOrdersPerDay);
                        if (order.Side == TradeAction.Buy)
                        {
                            Assert.False(latched);
                            Assert.True((at - exitAt).TotalSeconds >= pace.CooldownSeconds);
                        }
                        break;
                    case TradeSettled or ReservationReleased:
                        open--;
                        break;
                    case LimitLatched:
                        latched = true;
                        break;
                    case TradingResumed:
                        latched = false;
                        break;
                }
            }

            static DateTime Minute(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMinute, DateTimeKind.Utc);
        });
}
