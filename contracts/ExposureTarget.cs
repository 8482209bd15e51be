using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>The share of equity that a strategy wants to hold, and what it follows from.</summary>
/// <param name="Share">Value of the position as a share of equity, 0 to 1.</param>
/// <param name="Lookbacks">The returns that the trend is read from; null where it is not one of trend.</param>
/// <param name="TrendShare">The share before volatility and models took part of it away, 0 to 1; null where nothing did.</param>
/// <param name="VolatilityPercent">
/// Standard deviation of the daily returns of <paramref name="VolatilityDays"/> days, a year, in percent; null where it does not matter.
/// </param>
/// <param name="VolatilityTargetPercent">The volatility a year that the share is scaled to, in percent; null for none.</param>
/// <param name="VolatilityDays">Days that the volatility is measured over; null where it does not matter.</param>
/// <param name="ChanceUp">
/// The chance of a rise, 0 to 1, that a model gave where it took part of the share away; null where none did.
/// </param>
public sealed record ExposureTarget(
    double Share,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LookbackReturn>? Lookbacks = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? TrendShare = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? VolatilityPercent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? VolatilityTargetPercent = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? VolatilityDays = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ChanceUp = null)
{
    /// <summary>Equal where every number is.</summary>
    public bool Equals(ExposureTarget? other) => other is not null && Share.Equals(other.Share)
        && Nullable.Equals(TrendShare, other.TrendShare)
        && Nullable.Equals(VolatilityPercent, other.VolatilityPercent)
        && Nullable.Equals(VolatilityTargetPercent, other.VolatilityTargetPercent)
        && VolatilityDays == other.VolatilityDays && Nullable.Equals(ChanceUp, other.ChanceUp)
        && (Lookbacks is null ? other.Lookbacks is null : other.Lookbacks is not null && Lookbacks.SequenceEqual(other.Lookbacks));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Share, TrendShare, VolatilityPercent, Lookbacks?.Count);
}

/// <summary>What the price did over some days.</summary>
/// <param name="Days">How many.</param>
/// <param name="ReturnPercent">Its change against the close so many days ago, in percent.</param>
public readonly record struct LookbackReturn(int Days, double ReturnPercent);
