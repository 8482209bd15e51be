namespace Trading.Core;

// The account: each event from the command that made it happen.
public sealed partial class Replay
{
    private ReplayDifference? Check(IAccountEvent happened)
    {
        if (!_accounts.TryGetValue(_at.Stream, out var account))
            _accounts.Add(_at.Stream, account = new());
        var before = account.Newest;
        if (account.Due.TryDequeue(out var due))
        {
            account.Add(Portfolio.Evolve(before, happened));
            return _at.HasVersion(happened, account.Version) ?? _at.Same(happened, "account", happened, due);
        }
        var again = happened switch
        {
            AccountOpened opened => Portfolio.Decide(new OpenAccount(opened.Account, opened.MarketData, opened.CashUsd, opened.At), before),
            LimitsSet set => Portfolio.Decide(new SetLimits(set.Limits, set.By, set.Reason, set.At), before),
            FundsReserved reserved => Reserve(reserved, before),
            ReservationReleased released => Settle(released.TradeId, before),
            TradeSettled settled => Settle(settled.TradeId, before),
            TradingHalted halted => Portfolio.Decide(new HaltTrading(halted.By, halted.Reason, halted.At), before),
            TradingReduced reduced => Portfolio.Decide(new ReduceTrading(reduced.By, reduced.Reason, reduced.At), before),
            TradingResumed resumed => Portfolio.Decide(new ResumeTrading(resumed.By, resumed.Reason, resumed.At), before),
            SymbolStateSet set => Portfolio.Decide(new SetSymbolState(set.Symbol, set.State, set.By, set.Reason, set.At), before),
            FlattenOrdered flatten => Portfolio.Decide(new FlattenPositions(flatten.By, flatten.Reason, flatten.At), before),
            PriceMarked marked => Portfolio.Decide(new WatchPrice(marked.Symbol, marked.Price, marked.At), before),
            LimitLatched { Symbol: { } symbol, Price: { } price } latched =>
                Portfolio.Decide(new WatchPrice(symbol, price, latched.At), before),
            MarksSet set => Portfolio.Decide(new SetMarks(set.Symbol, set.HighestPrice, set.By, set.Reason, set.At), before),
            OperatorCommanded commanded => [commanded],
            CashAdjusted adjusted =>
                Portfolio.Decide(new AdjustCash(adjusted.AmountUsd, adjusted.By, adjusted.Reason, adjusted.At), before),
            ExternalFillBooked fill => Portfolio.Decide(new BookExternalFill(fill), before),
            PositionAdopted adopted => Portfolio.Decide(new AdoptPosition(
                adopted.Symbol, adopted.Quantity, adopted.Price, adopted.PaidUsd, adopted.By, adopted.Reason, adopted.At), before),
            PositionWrittenOff written => Portfolio.Decide(new WriteOffPosition(
                written.Symbol, written.Quantity, written.Price, written.By, written.Reason, written.At), before),
            PositionCorrected corrected => Portfolio.Decide(
                new CorrectPosition(corrected.Symbol, corrected.Quantity, corrected.By, corrected.Reason, corrected.At), before),
            // Findings on an exchange, and what operators did about them, are taken as recorded.
            IExternalEvent external => [external],
            _ => throw new InvalidOperationException($"{happened.GetType().Name} is no event that this version computes."),
        };
        account.Add(Portfolio.Evolve(before, happened));
        // What one command makes happen is appended together: the rest comes next.
        foreach (var next in again.Skip(1))
            account.Due.Enqueue(next);
        return _at.HasVersion(happened, account.Version) ?? _at.All(happened, "account", [happened], [.. again.Take(1)]);
    }

    private IReadOnlyList<IAccountEvent> Reserve(FundsReserved reserved, Portfolio? account)
    {
        if (!_trades.TryGetValue(reserved.TradeId, out var trade) || trade.State.Assessment is not { Order: { } order } assessment)
            throw new InvalidOperationException($"No order of trade {reserved.TradeId} was approved.");
        if (assessment.AccountVersion + 1 != _at.Version)
            throw new InvalidOperationException($"The order was approved at version {assessment.AccountVersion} of the account and cannot "
                + $"be reserved as version {_at.Version}.");
        return Portfolio.Decide(new ReserveFunds(reserved.TradeId, order, assessment.AssessedAt), account);
    }

    private IReadOnlyList<IAccountEvent> Settle(Guid tradeId, Portfolio? account)
    {
        if (!_trades.Remove(tradeId, out var trade) || trade.State.Execution is not { } execution)
            throw new InvalidOperationException($"No order of trade {tradeId} has ended.");
        return Portfolio.Decide(new SettleTrade(tradeId, execution, trade.State.Cancel is not null), account);
    }
}
