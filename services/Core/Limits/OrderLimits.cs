using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>Further limits of a single order. Each is null where there is none.</summary>
/// <param name="RealTrading">Whether orders may cost real money; they are then based on live prices only.</param>
/// <param name="AllowedSymbols">Symbols that may be traded, joined by commas; null for any.</param>
/// <param name="MaxQuantity">Most units of the base currency in one order; above 0.</param>
/// <param name="PriceCollarPercent">
/// How far from the observed price the worst price of any order may lie, in percent; exits use all of it.
/// </param>
/// <param name="TickSize">Smallest step of a price; worst prices are rounded to it, towards the observed price.</param>
/// <param name="MaxExposureShare">Largest value of all positions together as a share of equity, above 0 to 1.</param>
/// <param name="GuardEntries">
/// Whether a buy is refused while its symbol is unprotected or being left, and where what it leaves could not be sold again.
/// </param>
public sealed record OrderLimits(
    bool RealTrading = false, string? AllowedSymbols = null, decimal? MaxQuantity = null, decimal? PriceCollarPercent = null,
    decimal? TickSize = null, decimal? MaxExposureShare = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool GuardEntries = false)
{
    /// <summary>Whether a symbol may be traded.</summary>
    public bool Allows(string symbol)
    {
        if (AllowedSymbols is null)
            return true;
        foreach (var part in AllowedSymbols.AsSpan().Split(','))
        {
            if (AllowedSymbols.AsSpan(part).SequenceEqual(symbol))
                return true;
        }
        return false;
    }

    internal void Check(RiskLimits limits, LimitViolations violations)
    {
        violations.Require(MaxQuantity is null || (MaxQuantity >= limits.LotSize && MaxQuantity <= LimitViolations.LargestNumber),
            $"Orders.MaxQuantity must be LotSize ({limits.LotSize}) to {LimitViolations.LargestNumber}, was {MaxQuantity}");
        violations.Require(
            PriceCollarPercent is null
            || (PriceCollarPercent is > 0 and < 100 && PriceCollarPercent >= limits.WorstPriceMarginPercent),
            $"Orders.PriceCollarPercent must be above 0, at least WorstPriceMarginPercent ({limits.WorstPriceMarginPercent}) ",
            $"and below 100, was {PriceCollarPercent}");
        violations.Require(TickSize is null or (>= LimitViolations.SmallestStep and <= LimitViolations.LargestStep),
            $"Orders.TickSize must be {LimitViolations.SmallestStep} to {LimitViolations.LargestStep}, was {TickSize}");
        violations.Require(MaxExposureShare is null or (> 0 and <= 1),
            $"Orders.MaxExposureShare must be above 0 and at most 1, was {MaxExposureShare}");
    }
}
