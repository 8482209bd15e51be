using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Dashboard.Reading;

/// <summary>A decision in one line.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="PriceAt">Start of the price's interval (UTC).</param>
/// <param name="DecidedAt">When it was decided (UTC).</param>
/// <param name="Symbol">What about.</param>
/// <param name="Price">At which price.</param>
/// <param name="PredictedMovePercent">The predicted move in percent; null where no model answered, or a price caused an exit.</param>
/// <param name="Confidence">The ensemble's confidence, 0 to 1; null likewise.</param>
/// <param name="Action">What was asked for.</param>
/// <param name="Outcome">hold, refused, open, or how the order ended: filled, partially-filled, rejected, cancelled, expired.</param>
/// <param name="RefusedBy">The rule that refused; null unless refused.</param>
/// <param name="Exit">Why a position was left; null when a prediction was decided on.</param>
/// <param name="Quantity">Units of the order, or those that were filled; null without an order.</param>
/// <param name="FilledPrice">Mean price of the fills; null without one.</param>
/// <param name="Told">The decision and its end in a few words.</param>
public sealed record DecisionRow(
    long Sequence, Guid TradeId, DateTimeOffset PriceAt, DateTimeOffset DecidedAt, string Symbol, decimal Price,
    double? PredictedMovePercent, double? Confidence, TradeAction Action, string Outcome, RiskRule? RefusedBy, ExitReason? Exit,
    decimal? Quantity, decimal? FilledPrice, string Told);

/// <summary>The newest decisions, in order.</summary>
public sealed class DecisionList
{
    /// <summary>Most decisions that are kept in memory; the journal has all.</summary>
    public const int Most = 250_000;

    [JsonIgnore]
    internal Rows<DecisionRow> All { get; set; } = new(Most, 0, []);

    [JsonInclude]
    private Dictionary<Guid, long> Open { get; set; } = [];

    /// <summary>Those that are kept, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyList<DecisionRow> Rows => All.Taken;

    /// <summary>The newest; null before any.</summary>
    [JsonIgnore]
    public DecisionRow? Last => All.Last;

    /// <summary>Adds a decision.</summary>
    public void Add(DecisionRow row)
    {
        var number = All.Add(row);
        if (row.Outcome == "open")
            Open[row.TradeId] = number;
    }

    /// <summary>Changes an open decision; null when it is not kept.</summary>
    public DecisionRow? Change(Guid tradeId, Func<DecisionRow, DecisionRow> change)
    {
        if (!Open.TryGetValue(tradeId, out var number) || All.Find(number) is not { } known)
            return null;
        var changed = change(known);
        All.Replace(number, changed);
        if (changed.Outcome != "open")
            Open.Remove(tradeId);
        return changed;
    }
}
