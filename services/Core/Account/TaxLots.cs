using Trading.Contracts;

namespace Trading.Core;

/// <summary>Units of one purchase that are not sold yet.</summary>
/// <param name="TradeId">The trade that bought them.</param>
/// <param name="Symbol">What was bought.</param>
/// <param name="AcquiredAt">When (UTC).</param>
/// <param name="Quantity">Units left; above 0.</param>
/// <param name="CostUsd">What they cost, their share of the fee included.</param>
public sealed record TaxLot(Guid TradeId, string Symbol, DateTimeOffset AcquiredAt, decimal Quantity, decimal CostUsd);

/// <summary>
/// Lots and their sales, folded from the settlements of one account. Amounts have eight decimals; the last part of a lot or a sale takes
/// what is left, so no amount is lost by rounding.
/// </summary>
/// <param name="method">Which units a sale uses.</param>
public sealed class TaxLots(TaxMethod method)
{
    private readonly Dictionary<string, List<TaxLot>> _open = [];

    /// <summary>The lots that are not sold, or what is left of them.</summary>
    public IEnumerable<TaxLot> Open => _open.Values.SelectMany(lots => lots);

    /// <summary>When an event changed the lots (UTC); null for one that does not.</summary>
    public static DateTimeOffset? TimeOf(object happened) => happened switch
    {
        TradeSettled settled => settled.At,
        ExternalFillBooked fill => fill.FilledAt,
        PositionAdopted adopted => adopted.At,
        PositionWrittenOff written => written.At,
        PositionCorrected corrected => corrected.At,
        _ => null,
    };

    /// <summary>
    /// Takes the next event of the account; gives what it sold, lot by lot. What was adopted is a lot of its own, what was written off is
    /// sold for what it brought, and a correction changes lots without selling.
    /// </summary>
    /// <exception cref="InvalidOperationException">More is sold than was bought.</exception>
    public IReadOnlyList<TaxDisposal> Take(object happened) => happened switch
    {
        TradeSettled settled => [.. Take(settled), .. TakeFee(settled)],
        ExternalFillBooked fill => [.. Take(fill.Settlement()), .. TakeFee(fill.Settlement())],
        PositionAdopted adopted => Take(new TradeSettled(
            Guid.Empty, adopted.Symbol, TradeAction.Buy, adopted.Quantity, adopted.Price, 0, adopted.At)),
        PositionWrittenOff written => Take(new TradeSettled(
            Guid.Empty, written.Symbol, TradeAction.Sell, written.Quantity, written.Price, 0, written.At)),
        PositionCorrected corrected => Correct(corrected),
        _ => [],
    };

    // A fee in units that are among the lots is a sale of them for what the fee was worth.
    private IReadOnlyList<TaxDisposal> TakeFee(TradeSettled settled)
    {
        if (settled is not { FeeAsset: { } asset, FeeUnits: { } fee }
            || _open.Keys.FirstOrDefault(symbol => symbol.StartsWith($"{asset}-", StringComparison.Ordinal)) is not { } paying)
            return [];
        var held = _open[paying].Sum(lot => lot.Quantity);
        var units = Math.Min(fee, held);
        return units == 0 ? []
            : Take(new TradeSettled(settled.TradeId, paying, TradeAction.Sell, units, (settled.FeeValueUsd ?? 0) / fee, 0, settled.At));
    }

    private List<TaxDisposal> Correct(PositionCorrected corrected)
    {
        var lots = _open.GetValueOrDefault(corrected.Symbol) ?? [];
        var (held, cost) = (lots.Sum(lot => lot.Quantity), lots.Sum(lot => lot.CostUsd));
        if (corrected.Quantity < held)
            Take(new TradeSettled(Guid.Empty, corrected.Symbol, TradeAction.Sell, held - corrected.Quantity, 0, 0, corrected.At));
        else if (corrected.Quantity > held && held > 0)
            lots.Add(new(Guid.Empty, corrected.Symbol, corrected.At, corrected.Quantity - held,
                Part(cost, corrected.Quantity - held, held)));
        return [];
    }

    /// <summary>Takes the next settlement; gives what it sold, lot by lot.</summary>
    /// <exception cref="InvalidOperationException">More is sold than was bought.</exception>
    public IReadOnlyList<TaxDisposal> Take(TradeSettled settled)
    {
        if (!_open.TryGetValue(settled.Symbol, out var lots))
            _open[settled.Symbol] = lots = [];
        var value = decimal.Round(settled.Quantity * settled.Price, Money.Decimals);
        var fee = Money.RoundUp(settled.FeeUsd) + Money.RoundUp(settled.FeeValueUsd ?? 0);
        if (settled.Side == TradeAction.Buy)
        {
            lots.Add(new(settled.TradeId, settled.Symbol, settled.At, settled.Quantity - (settled.FeeBase ?? 0), value + fee));
            return [];
        }

        var disposals = new List<TaxDisposal>();
        var (quantity, proceeds) = (settled.Quantity + (settled.FeeBase ?? 0), value - fee);
        while (quantity > 0)
        {
            var at = Next(lots, settled);
            var lot = lots[at];
            var taken = Math.Min(quantity, lot.Quantity);
            var cost = Part(lot.CostUsd, taken, lot.Quantity);
            var brought = Part(proceeds, taken, quantity);
            disposals.Add(new(settled.TradeId, lot.TradeId, settled.Symbol, taken, lot.AcquiredAt, settled.At, brought, cost));
            (quantity, proceeds) = (quantity - taken, proceeds - brought);
            if (taken == lot.Quantity)
                lots.RemoveAt(at);
            else
                lots[at] = lot with { Quantity = lot.Quantity - taken, CostUsd = lot.CostUsd - cost };
        }
        return disposals;
    }

    private int Next(List<TaxLot> lots, TradeSettled settled)
    {
        if (lots.Count == 0)
            throw new InvalidOperationException($"Trade {settled.TradeId} sold more {settled.Symbol} than was bought before it.");
        if (method != TaxMethod.Hifo)
            return method == TaxMethod.Fifo ? 0 : lots.Count - 1;
        var dearest = 0;
        for (var i = 1; i < lots.Count; i++)
        {
            // Compared without a division, so that lots of the same price compare as equal.
            if (lots[i].CostUsd * lots[dearest].Quantity > lots[dearest].CostUsd * lots[i].Quantity)
                dearest = i;
        }
        return dearest;
    }

    private static decimal Part(decimal amount, decimal part, decimal whole) =>
        part == whole ? amount : decimal.Round(amount * part / whole, Money.Decimals);
}
