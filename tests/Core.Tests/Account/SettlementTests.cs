namespace Trading.Core.Tests;

/// <summary>Executions as an account books them, and the result they leave.</summary>
public class SettlementTests
{
    [Fact]
    public void a_fill_is_booked_once_and_frees_what_was_set_aside()
    {
        var settle = new SettleTrade(Given.TradeId(1), Given.Filled(10, 99, fee: 1));
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        var happened = Portfolio.Decide(settle, account);
        Assert.Equal([new TradeSettled(Given.TradeId(1), Given.Symbol, TradeAction.Buy, 10, 99, 1, Given.Noon)], happened);

        account = Portfolio.Evolve(account, happened[0]);
        Assert.Equal((9009m, 0m, 1m, 1), (account.CashUsd, account.ReservedUsd(), account.FeesUsd, account.TradesSettled));
        Assert.Equal(new Position(10, 990, 99, Given.Noon, Given.Noon, 99), account.PositionIn(Given.Symbol));
        Assert.Equal(99, account.PositionIn(Given.Symbol).AverageCost());
        Assert.Empty(Portfolio.Decide(settle, account));
    }

    [Fact]
    public void a_partial_fill_books_its_part_and_frees_the_rest()
    {
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        account = Settle(account, Given.Filled(3, 100, fee: 0.5m, TradeOutcome.PartiallyFilled));

        Assert.Equal((9699.5m, 9699.5m, 3m), (account.CashUsd, account.FreeCashUsd(), account.PositionIn(Given.Symbol).Quantity));
    }

    [Theory]
    [InlineData(TradeOutcome.Cancelled)]
    [InlineData(TradeOutcome.Rejected)]
    [InlineData(TradeOutcome.Expired)]
    public void an_order_without_a_fill_only_frees_what_was_set_aside(TradeOutcome outcome)
    {
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        var happened = Portfolio.Decide(new SettleTrade(Given.TradeId(1), Given.Unfilled(outcome)), account);

        Assert.Equal([new ReservationReleased(Given.TradeId(1), outcome, "no fill", Given.Noon)], happened);
        account = Portfolio.Evolve(account, happened[0]);
        Assert.Equal((10_000m, 10_000m, 0), (account.CashUsd, account.FreeCashUsd(), account.TradesSettled));
    }

    [Fact]
    public void a_settlement_without_a_reservation_is_nothing() =>
        Assert.Empty(Portfolio.Decide(new SettleTrade(Given.TradeId(9), Given.Filled(10)), Given.Account(Given.Reserved(Given.Buy(10)))));

    [Theory]
    [InlineData(TradeOutcome.Filled, 10.1, 100)]
    [InlineData(TradeOutcome.Filled, 9.9, 100)]
    [InlineData(TradeOutcome.Filled, 10, 0)]
    [InlineData(TradeOutcome.PartiallyFilled, 10, 100)]
    [InlineData(TradeOutcome.PartiallyFilled, 0, 0)]
    [InlineData(TradeOutcome.PartiallyFilled, 5, -1)]
    [InlineData(TradeOutcome.Cancelled, 5, 100)]
    [InlineData(TradeOutcome.Rejected, -5, 100)]
    public void an_execution_that_cannot_be_is_never_booked(TradeOutcome outcome, double filled, double price) =>
        Assert.Throws<InvalidOperationException>(() => Settle(
            Given.Account(Given.Reserved(Given.Buy(10))), Given.Filled((decimal)filled, (decimal)price, outcome: outcome)));

    [Fact]
    public void a_sale_takes_its_share_of_the_cost_and_the_last_unit_takes_all_that_is_left()
    {
        var account = Given.Account(Given.Bought(1, 100), Given.Bought(2, 100.00000001m));
        Assert.Equal(300.00000002m, account.PositionIn(Given.Symbol).CostUsd);

        account = Portfolio.Evolve(account, Given.Sold(1, 110));
        Assert.Equal(new Position(2, 200.00000001m, 110, Given.Noon, Given.Noon, 100.00000001m), account.PositionIn(Given.Symbol));
        Assert.Equal(9.99999999m, account.RealisedUsd);

        account = Portfolio.Evolve(account, Given.Sold(2, 110));
        Assert.Empty(account.Positions);
        Assert.Equal((29.99999998m, 10_029.99999998m), (account.RealisedUsd, account.CashUsd));
    }

    [Fact]
    public void an_average_price_with_28_digits_is_booked_to_the_eighth_decimal()
    {
        var account = Given.Account(Given.Bought(0.00012345m, 61_234.123456789012345678901234m, fee: 0.0000000001m));

        Assert.Equal(7.55935254m, account.PositionIn(Given.Symbol).CostUsd);
        Assert.Equal(0.00000001m, account.FeesUsd);
        Assert.Equal(10_000 - 7.55935254m - 0.00000001m, account.CashUsd);
    }

    [Fact]
    public void profit_and_loss_follow_average_cost()
    {
        var position = Given.Account(Given.Bought(10, 100), Given.Bought(10, 200)).PositionIn(Given.Symbol);

        Assert.Equal((150m, 1000m, -1000m), (position.AverageCost(), position.UnrealisedUsd(200), position.UnrealisedUsd(100)));
        Assert.Equal((0m, 0m), (Position.None.AverageCost(), Position.None.UnrealisedUsd(100)));
    }

    [Fact]
    public void equity_values_one_symbol_at_the_given_price_and_the_others_at_their_last()
    {
        var account = Given.Account(Given.Bought(10, 100), Given.Bought(2, 50) with { Symbol = "ETH-USD" });

        Assert.Equal(8900 + 10 * 110 + 2 * 50, account.EquityUsd(Given.Symbol, 110));
    }

    [Fact]
    public void the_result_of_a_day_starts_again_with_the_next_one_and_a_late_settlement_does_not_turn_it_back()
    {
        var midnight = new DateTimeOffset(2024, 3, 2, 0, 0, 0, TimeSpan.Zero);
        var account = Given.Account(Given.Bought(10, 100), Given.Sold(1, 50, at: midnight.AddSeconds(-2)));
        Assert.Equal((new DateOnly(2024, 3, 1), -50m), (account.Day, account.RealisedOnDayUsd));

        account = Portfolio.Evolve(account, Given.Sold(1, 60, at: midnight.AddSeconds(1)));
        Assert.Equal((new DateOnly(2024, 3, 2), -40m), (account.Day, account.RealisedOnDayUsd));

        account = Portfolio.Evolve(account, Given.Sold(1, 70, at: midnight.AddSeconds(-1)));
        Assert.Equal((new DateOnly(2024, 3, 2), -70m), (account.Day, account.RealisedOnDayUsd));
        Assert.Equal(-120, account.RealisedUsd);
    }

    [Fact]
    public void a_fee_in_a_third_asset_costs_the_result_of_the_day_and_no_cash()
    {
        var account = Given.Account(Given.Bought(10) with { FeeValueUsd = 0.5m },
            Given.Sold(10, price: 110, fee: 1) with { FeeValueUsd = 0.123456789m });

        Assert.Equal((10_099m, 100m), (account.CashUsd, account.RealisedUsd));
        Assert.Equal((1.62345679m, 0.62345679m, 98.37654321m), (account.FeesUsd, account.FeesElsewhereUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, Given.Opened.CashUsd));
        // A sale that only this fee makes a loss is one.
        Assert.Equal(1, Given.Account(Given.Bought(10), Given.Sold(10, fee: 0) with { FeeValueUsd = 0.01m }).LosingTrades);
    }

    private static Portfolio Settle(Portfolio account, Execution execution) =>
        Portfolio.Decide(new SettleTrade(Given.TradeId(1), execution), account).Aggregate(account, Portfolio.Evolve);
}
