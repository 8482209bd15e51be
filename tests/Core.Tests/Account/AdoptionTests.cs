namespace Trading.Core.Tests;

/// <summary>What operators and the exchange change about an account, and how cash, results, drawdown and taxes follow.</summary>
public class AdoptionTests
{
    private static readonly DateTimeOffset At = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static Portfolio Account(params IAccountEvent[] events) => new IAccountEvent[]
    {
        new AccountOpened("main", "live", 10_000, At), new TradeSettled(Guid.NewGuid(), "BTC-USD", TradeAction.Buy, 2, 1000, 1, At),
    }.Concat(events).Aggregate(default(Portfolio), Portfolio.Evolve)!;

    private static Portfolio After(Portfolio account, IAccountCommand command) =>
        Portfolio.Decide(command, account).Aggregate(account, Portfolio.Evolve);

    [Fact]
    public void a_sale_of_others_realises_and_counts_into_the_day_but_into_no_row_of_lost_trades()
    {
        var account = After(Account(), new BookExternalFill(Sale(0.5m, 900)));
        Assert.Equal((1.5m, 1500m), (account.PositionIn("BTC-USD").Quantity, account.PositionIn("BTC-USD").CostUsd));
        Assert.Equal((-50m, -53m, 0, 1), (account.RealisedUsd, account.RealisedOnDayUsd, account.LosingTrades,
            account.UnreviewedExecutions));
        Assert.True(RunSummary.AddsUp(account, 10_000));
        // Anyone who decides the same again is late.
        Assert.Empty(Portfolio.Decide(new BookExternalFill(Sale(0.5m, 900)), account));
    }

    [Fact]
    public void what_was_never_held_is_not_sold() => Assert.Contains("the account holds 2",
        Assert.Throws<InvalidOperationException>(() => After(Account(), new BookExternalFill(Sale(2.5m, 900)))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void adopted_units_count_as_paid_in_and_neither_as_gain_nor_as_peak()
    {
        var before = Account(new PriceMarked("BTC-USD", 1100, At.AddMinutes(1)));
        var account = After(before, new AdoptPosition("ETH-USD", 10, 200, 500, "kim", "bought by hand", At.AddMinutes(2)));
        Assert.Equal((before.CashUsd - 500, 1500m, before.PeakEquityUsd + 1500),
            (account.CashUsd, account.AdjustedUsd, account.PeakEquityUsd));
        Assert.Equal((0m, 10m, 200m, At.AddMinutes(2)), (account.RealisedUsd, account.PositionIn("ETH-USD").Quantity,
            account.PositionIn("ETH-USD").AverageCost(), account.PositionIn("ETH-USD").EnteredAt));
        Assert.True(RunSummary.AddsUp(account, 10_000));
    }

    [Theory]
    [InlineData(0, -1000)]
    [InlineData(1200, 200)]
    public void units_that_are_written_off_realise_what_they_brought(int price, int result)
    {
        var account = After(Account(), new WriteOffPosition("BTC-USD", 1, price, "kim", "gone", At));
        Assert.Equal((1m, (decimal)result, 7999m + price, result - 1m),
            (account.PositionIn("BTC-USD").Quantity, account.RealisedUsd, account.CashUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, 10_000));
        Assert.Throws<InvalidOperationException>(
            () => After(account, new WriteOffPosition("BTC-USD", 2, price, "kim", "gone", At)));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(2.5)]
    [InlineData(0)]
    public void a_correction_is_neither_gain_nor_loss_and_keeps_the_cost_of_a_unit(decimal quantity)
    {
        var before = Account(new PriceMarked("BTC-USD", 1100, At.AddMinutes(1)));
        var account = After(before, new CorrectPosition("BTC-USD", quantity, "kim", "counted", At));
        Assert.Equal((quantity, quantity * 1000, 0m), (account.PositionIn("BTC-USD").Quantity, account.PositionIn("BTC-USD").CostUsd,
            account.RealisedUsd));
        Assert.Equal(before.PeakEquityUsd + (quantity - 2) * 1100, account.PeakEquityUsd);
        Assert.True(RunSummary.AddsUp(account, 10_000));
        Assert.Throws<InvalidOperationException>(() => After(account, new CorrectPosition("ETH-USD", 1, "kim", "counted", At)));
    }

    [Theory]
    [InlineData(7.0)]
    [InlineData(null)]
    public void a_fee_in_a_held_asset_leaves_its_position_at_its_worth_wherever_the_trade_was(double? worth)
    {
        var bnb = new TradeSettled(Guid.NewGuid(), "BNB-USD", TradeAction.Buy, 1, 600, 0, At);
        var before = Account(bnb);
        var account = Portfolio.Evolve(before, new TradeSettled(Guid.NewGuid(), "BTC-USD", TradeAction.Sell, 1, 1000, 0, At, null,
            (decimal?)worth, "BNB", 0.01m));
        Assert.Equal((0.99m, 594m), (account.PositionIn("BNB-USD").Quantity, account.PositionIn("BNB-USD").CostUsd));
        Assert.Equal((0m, (decimal?)worth ?? 6, (decimal?)worth - 6 ?? 0),
            (account.FeesElsewhereUsd, account.FeesUsd - before.FeesUsd, account.RealisedUsd));
        Assert.True(RunSummary.AddsUp(account, 10_000));
    }

    [Fact]
    public void an_explained_fill_is_no_difference_any_more_and_is_not_found_again()
    {
        var found = new ExternalFillFound("1", "77", null, "BTC-USD", TradeAction.Sell, 0.5m, 900, 0, "USD", At, At);
        var reconcile = new Reconcile("binance", [found], At, ["fill"]);
        var account = After(After(Account(), reconcile), new BookExternalFill(Sale(0.5m, 900)));
        Assert.Empty(account.External!.Differences);
        Assert.Empty(Portfolio.Decide(reconcile, account));
        var adopted = After(After(Account(), reconcile), new CorrectPosition("BTC-USD", 1.5m, "kim", "counted", At));
        Assert.Empty(adopted.External!.Differences);
    }

    [Fact]
    public void taxes_follow_sales_of_others_adoptions_write_offs_corrections_and_fees_in_units()
    {
        var lots = new TaxLots(TaxMethod.Fifo);
        lots.Take((object)new TradeSettled(Guid.NewGuid(), "BTC-USD", TradeAction.Buy, 2, 1000, 0, At));
        lots.Take(new PositionAdopted("BNB-USD", 1, 600, 0, "kim", "found", At));
        var fee = lots.Take((object)new TradeSettled(Guid.NewGuid(), "BTC-USD", TradeAction.Buy, 1, 1100, 0, At, null, 7, "BNB", 0.01m));
        Assert.Equal((0.01m, 7m, 6m), (fee[0].Quantity, fee[0].ProceedsUsd, fee[0].CostUsd));
        Assert.Equal(-52, lots.Take(Sale(0.5m, 900)).Sum(part => part.GainUsd));
        Assert.Equal(-500, lots.Take(new PositionWrittenOff("BTC-USD", 0.5m, 0, "kim", "gone", At)).Sum(part => part.GainUsd));
        Assert.Empty(lots.Take(new PositionCorrected("BTC-USD", 1.5m, "kim", "counted", At)));
        Assert.Equal(1.5m, lots.Open.Where(lot => lot.Symbol == "BTC-USD").Sum(lot => lot.Quantity));
        Assert.Empty(lots.Take(new PositionCorrected("BTC-USD", 2, "kim", "counted", At)));
        Assert.Equal(2, lots.Open.Where(lot => lot.Symbol == "BTC-USD").Sum(lot => lot.Quantity));
    }

    [Fact]
    public void the_events_replay()
    {
        var replay = new Replay();
        Portfolio? account = null;
        var sequence = 0L;
        IAccountCommand[] commands =
        [
            new OpenAccount("main", "live", 10_000, At), new AdoptPosition("BTC-USD", 2, 1000, 100, "kim", "found", At),
            new Reconcile("binance", [new ExternalFillFound("1", "77", null, "BTC-USD", TradeAction.Sell, 0.5m, 900, 0, "USD", At, At)], At,
                ["fill"]),
            new BookExternalFill(Sale(0.5m, 900)), new WriteOffPosition("BTC-USD", 0.5m, 800, "kim", "sold", At),
            new CorrectPosition("BTC-USD", 0.9m, "kim", "counted", At), new AdjustCash(-5, "kim", "rent", At),
        ];
        foreach (var command in commands)
        {
            foreach (var happened in Portfolio.Decide(command, account))
            {
                account = Portfolio.Evolve(account, happened);
                Assert.Null(replay.Add(++sequence, "account-main", sequence, happened));
            }
        }
        Assert.Equal(8, sequence);
    }

    private static ExternalFillBooked Sale(decimal quantity, decimal price) => new(
        "1", "77", "BTC-USD", TradeAction.Sell, quantity, price, 2, At, "reconciliation", "sold by hand", At);
}
