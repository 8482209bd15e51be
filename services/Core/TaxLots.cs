using Trading.Contracts;

namespace Trading.Core;

/// <summary>Which units a sale is taken from.</summary>
public enum TaxMethod
{
    /// <summary>The ones bought first.</summary>
    Fifo,

    /// <summary>The dearest ones, fees included; of equally dear ones the first.</summary>
    Hifo,

    /// <summary>The ones bought last.</summary>
    Lifo,
}

/// <summary>Units bought at once, or what is left of them.</summary>
/// <param name="TradeId">The trade that bought them.</param>
/// <param name="Symbol">What was bought.</param>
/// <param name="AcquiredAt">When (UTC).</param>
/// <param name="Quantity">Units left; above 0.</param>
/// <param name="CostUsd">What they cost, their share of the fee included.</param>
public sealed record TaxLot(Guid TradeId, string Symbol, DateTimeOffset AcquiredAt, decimal Quantity, decimal CostUsd);

/// <summary>Units of one lot that one sale took.</summary>
/// <param name="SoldTradeId">The trade that sold them.</param>
/// <param name="BoughtTradeId">The trade that had bought them.</param>
/// <param name="Symbol">What was sold.</param>
/// <param name="Quantity">How many units.</param>
/// <param name="AcquiredAt">When they were bought (UTC).</param>
/// <param name="SoldAt">When they were sold (UTC).</param>
/// <param name="ProceedsUsd">What they brought, their share of the fee taken off.</param>
/// <param name="CostUsd">What they had cost, their share of the fee included.</param>
public sealed record TaxDisposal(
    Guid SoldTradeId, Guid BoughtTradeId, string Symbol, decimal Quantity, DateTimeOffset AcquiredAt, DateTimeOffset SoldAt, decimal ProceedsUsd, decimal CostUsd)
{
    /// <summary>Gain (positive) or loss.</summary>
    public decimal GainUsd => ProceedsUsd - CostUsd;
}

/// <summary>Lots and their sales, folded from the settlements of one account. Amounts have eight decimals; the last part of a lot or a sale takes what is left, so that nothing is lost by rounding.</summary>
/// <param name="method">Which units a sale is taken from.</param>
public sealed class TaxLots(TaxMethod method)
{
    private readonly Dictionary<string, List<TaxLot>> _open = [];

    /// <summary>The lots that are not sold, or what is left of them.</summary>
    public IEnumerable<TaxLot> Open => _open.Values.SelectMany(lots => lots);

    /// <summary>Takes the next settlement; gives what it sold, lot by lot.</summary>
    /// <exception cref="InvalidOperationException">More is sold than was bought.</exception>
    public IReadOnlyList<TaxDisposal> Take(TradeSettled settled)
    {
        if (!_open.TryGetValue(settled.Symbol, out var lots))
            _open[settled.Symbol] = lots = [];
        var value = decimal.Round(settled.Quantity * settled.Price, Portfolio.MoneyDecimals);
        var fee = Portfolio.RoundUp(settled.FeeUsd) + Portfolio.RoundUp(settled.FeeValueUsd ?? 0);
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
            // Compared without a division, so that equally dear lots are equal.
            if (lots[i].CostUsd * lots[dearest].Quantity > lots[dearest].CostUsd * lots[i].Quantity)
                dearest = i;
        }
        return dearest;
    }

    private static decimal Part(decimal amount, decimal part, decimal whole) =>
        part == whole ? amount : decimal.Round(amount * part / whole, Portfolio.MoneyDecimals);
}
