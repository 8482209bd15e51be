using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>What trading on paper costs, and how a paper market behaves. Values that are not set cost nothing and never fail.</summary>
/// <param name="FeePercent">Taker fee in percent of the value; 0 or more.</param>
/// <param name="SpreadPercent">Distance between bid and ask in percent of the price; half of it is paid on each side.</param>
/// <param name="SlippagePercent">How much further the price moves against the order, in percent; 0 or more.</param>
/// <param name="TickSize">Smallest step of a price; above 0.</param>
public sealed record PaperCosts(decimal FeePercent, decimal SpreadPercent, decimal SlippagePercent, decimal TickSize)
{
    /// <summary>The least quantity that any market knows.</summary>
    public const decimal SmallestLot = 0.00000001m;

    /// <summary>Fee of an order that waited in the book, in percent of the value; as the taker's when null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal? MakerFeePercent { get; init; }

    /// <summary>
    /// How much further the price moves against an order as large as all that the bar traded, in percent; a smaller order moves it in
    /// proportion. No effect where the volume is unknown; 0 or more.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal SizeSlippagePercent { get; init; }

    /// <summary>Largest part of a bar's volume that an order may take, in percent; the rest is not filled. 0 for no bound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal MaxVolumePercent { get; init; }

    /// <summary>Smallest step of a quantity that is filled in part; 0 for the eighth decimal.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public decimal LotSize { get; init; }

    /// <summary>How long an order is on its way, in milliseconds; 0 or more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int LatencyMilliseconds { get; init; }

    /// <summary>Share of the orders that are filled only in part, 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double PartialFillRate { get; init; }

    /// <summary>Share of the orders that the exchange refuses, 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double RejectionRate { get; init; }

    /// <summary>
    /// Share of the orders whose placement gets no answer, 0 to 1. The next status query reports what happened to such an order.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double TimeoutRate { get; init; }

    /// <summary>Whether chance affects the result of an order.</summary>
    [JsonIgnore]
    public bool LeavesToChance => PartialFillRate > 0 || RejectionRate > 0;

    /// <summary>A quantity rounded down to whole lots.</summary>
    public decimal InLots(decimal quantity)
    {
        var lot = LotSize > 0 ? LotSize : SmallestLot;
        return Math.Floor(quantity / lot) * lot;
    }
}
