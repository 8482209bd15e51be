using Trading.Contracts;

namespace Trading.Core;

// How an account takes over, lets go of and sets right what is on its exchange.
public sealed partial record Portfolio
{
    // Null for a command of another kind.
    private static IReadOnlyList<IAccountEvent>? DecideAdoption(IAccountCommand command, Portfolio account) => command switch
    {
        // Booked or decided before.
        BookExternalFill { Fill: var fill } when (account.External ?? ExternalState.None).Accepted.ContainsKey(fill.Key()) => [],
        BookExternalFill { Fill: var fill } => [Bookable(fill, account),
            .. Explained(account, key => key == fill.Key(), fill.By, fill.At)],
        AdoptPosition { Quantity: <= 0 } or AdoptPosition { Price: <= 0 } or AdoptPosition { PaidUsd: < 0 } =>
            throw new InvalidOperationException("An adopted position needs a quantity and a price above 0, and no negative payment."),
        AdoptPosition adopt when adopt.PaidUsd > account.FreeCashUsd() => throw new InvalidOperationException(
            FormattableString.Invariant($"{adopt.PaidUsd} USD cannot have paid for it: only {account.FreeCashUsd()} USD are free.")),
        AdoptPosition adopt => [new PositionAdopted(adopt.Symbol, adopt.Quantity, adopt.Price, adopt.PaidUsd, adopt.By, adopt.Reason,
            adopt.At), .. FillsExplained(account, adopt.Symbol, adopt.By, adopt.At)],
        WriteOffPosition write when write.Quantity <= 0 || write.Price < 0 || write.Quantity > account.PositionIn(write.Symbol).Quantity =>
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{write.Quantity} {write.Symbol} cannot be written off: {account.PositionIn(write.Symbol).Quantity} are held.")),
        WriteOffPosition write => [new PositionWrittenOff(write.Symbol, write.Quantity, write.Price, write.By, write.Reason, write.At),
            .. FillsExplained(account, write.Symbol, write.By, write.At)],
        CorrectPosition correct when correct.Quantity < 0 || account.PositionIn(correct.Symbol).Quantity == 0 =>
            throw new InvalidOperationException(
                $"{correct.Symbol} cannot be corrected: nothing of it is held, or the quantity is negative; what is new is adopted."),
        CorrectPosition correct when correct.Quantity == account.PositionIn(correct.Symbol).Quantity => [],
        CorrectPosition correct => [new PositionCorrected(correct.Symbol, correct.Quantity, correct.By, correct.Reason, correct.At),
            .. FillsExplained(account, correct.Symbol, correct.By, correct.At)],
        _ => null,
    };

    // Null for an event of another kind.
    private static Portfolio? Adopt(IAccountEvent happened, Portfolio account)
    {
        checked
        {
            switch (happened)
            {
                case ExternalFillBooked fill:
                    var after = Book(fill.Settlement(), account);
                    // Whether the strategy loses, and what an operator has yet to look at, shows in its own trades.
                    var external = account.External ?? ExternalState.None;
                    return after with
                    {
                        LosingTrades = account.LosingTrades,
                        UnreviewedExecutions = account.UnreviewedExecutions,
                        External = external with { Accepted = external.Accepted.SetItem(fill.Key(), fill.At) },
                    };
                case PositionAdopted adopted:
                    var cost = decimal.Round(adopted.Quantity * adopted.Price, Money.Decimals);
                    var paidIn = cost - adopted.PaidUsd;
                    return Holding(account, adopted.Symbol, adopted.Quantity, cost, adopted.Price, adopted.At).PaidIn(paidIn, paidIn) with
                    { CashUsd = account.CashUsd - adopted.PaidUsd };
                case PositionWrittenOff written:
                    var leaving = account.PositionIn(written.Symbol).CostOf(written.Quantity);
                    var brought = decimal.Round(written.Quantity * written.Price, Money.Decimals);
                    return Holding(account, written.Symbol, -written.Quantity, -leaving, null, written.At)
                        .Realised(brought - leaving, DateOnly.FromDateTime(written.At.UtcDateTime)) with
                    { CashUsd = account.CashUsd + brought };
                case PositionCorrected corrected:
                    var position = account.PositionIn(corrected.Symbol);
                    var units = corrected.Quantity - position.Quantity;
                    var worth = -position.CostOf(-units);
                    return Holding(account, corrected.Symbol, units, worth, null, corrected.At).PaidIn(worth, units * position.LastPrice);
                default:
                    return null;
            }
        }
    }

    private static Portfolio Holding(Portfolio account, string symbol, decimal units, decimal cost, decimal? price, DateTimeOffset at)
    {
        var position = account.PositionIn(symbol);
        var begins = position.Quantity == 0;
        var held = position with
        {
            Quantity = position.Quantity + units,
            CostUsd = position.CostUsd + cost,
            LastPrice = price ?? position.LastPrice,
            EnteredAt = begins ? at : position.EnteredAt,
            ChangedAt = at > position.ChangedAt ? at : position.ChangedAt,
            HighestPrice = Math.Max(position.HighestPrice, price ?? 0),
            StopDeclined = false,
        };
        var after = account with
        {
            Positions = held.Quantity == 0 ? account.Positions.Remove(symbol) : account.Positions.SetItem(symbol, held),
        };
        return after with { Flattening = after.Flattening && after.HoldsOrBuys() };
    }

    // Equity changes without a profit or a loss: the highest one moves with it.
    private Portfolio PaidIn(decimal amountUsd, decimal equityUsd) => this with
    {
        AdjustedUsd = AdjustedUsd + amountUsd,
        PeakEquityUsd = PeakEquityUsd == 0 ? 0 : Math.Max(0, PeakEquityUsd + equityUsd),
    };

    private Portfolio Realised(decimal resultUsd, DateOnly on)
    {
        var day = on > Day ? on : Day;
        return this with
        {
            RealisedUsd = RealisedUsd + resultUsd,
            Day = day,
            RealisedOnDayUsd = (day == Day ? RealisedOnDayUsd : 0) + resultUsd,
        };
    }

    // A fee that was taken in an asset that the account holds leaves that position, as if as much had been sold to pay it.
    private static Portfolio PayFee(TradeSettled settled, Portfolio account)
    {
        if (settled is not { FeeAsset: { } asset, FeeUnits: { } fee } || account.HeldIn(asset) is not var (symbol, held))
            return account;
        checked
        {
            var units = Math.Min(fee, held.Quantity);
            var known = settled.FeeValueUsd is { } value ? Money.RoundUp(value * units / fee) : (decimal?)null;
            // Already among the fees where its worth was given.
            var worth = known ?? Money.RoundUp(units * held.LastPrice);
            var cost = held.CostOf(units);
            var left = held with { Quantity = held.Quantity - units, CostUsd = held.CostUsd - cost };
            return account with
            {
                Positions = left.Quantity == 0 ? account.Positions.Remove(symbol) : account.Positions.SetItem(symbol, left),
                FeesUsd = account.FeesUsd + (known is null ? worth : 0),
                FeesElsewhereUsd = account.FeesElsewhereUsd - (known ?? 0),
                RealisedUsd = account.RealisedUsd + worth - cost,
                RealisedOnDayUsd = account.RealisedOnDayUsd + worth - cost - (known is null ? worth : 0),
            };
        }
    }

    /// <summary>What is held of an asset, by whichever symbol; null for nothing.</summary>
    public (string Symbol, Position Position)? HeldIn(string asset)
    {
        foreach (var (symbol, position) in Positions)
        {
            if (symbol.Length > asset.Length && symbol[asset.Length] == '-' && symbol.StartsWith(asset, StringComparison.Ordinal))
                return (symbol, position);
        }
        return null;
    }

    private static ExternalFillBooked Bookable(ExternalFillBooked fill, Portfolio account)
    {
        var held = account.PositionIn(fill.Symbol).Quantity;
        return fill.Quantity <= 0 || fill.Price <= 0
            ? throw new InvalidOperationException($"Fill {fill.ExchangeTradeId} of {fill.Symbol} has no quantity or no price.")
            : fill.Side == TradeAction.Sell && fill.Quantity + (fill.FeeBase ?? 0) > held
            ? throw new InvalidOperationException(FormattableString.Invariant(
                $"Fill {fill.ExchangeTradeId} sold {fill.Quantity} {fill.Symbol}: the account holds {held}."))
            : fill;
    }

    private static IEnumerable<ExternalDifferenceEnded> FillsExplained(Portfolio account, string symbol, string by, DateTimeOffset at) =>
        Explained(account, key => DifferenceKey.IsFillOf(key, symbol), by, at);

    private static IEnumerable<ExternalDifferenceEnded> Explained(
        Portfolio account, Func<string, bool> which, string by, DateTimeOffset at) =>
        (account.External ?? ExternalState.None).Differences.Keys.Where(which).Select(key => new ExternalDifferenceEnded(key, at,
            $"decided by {by}"));
}
