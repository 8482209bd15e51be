using System.Text.Json.Serialization;

namespace Trading.Dashboard.Reading;

/// <summary>What a UTC day brought.</summary>
/// <param name="Day">The day.</param>
/// <param name="OpeningUsd">Equity at its beginning.</param>
/// <param name="ClosingUsd">Equity at its end, or now.</param>
/// <param name="RealisedUsd">Result of its sales after all fees of the day.</param>
/// <param name="FeesUsd">Fees.</param>
/// <param name="Trades">Orders with a fill.</param>
public sealed record DayFigures(DateOnly Day, decimal OpeningUsd, decimal ClosingUsd, decimal RealisedUsd, decimal FeesUsd, int Trades)
{
    /// <summary>What equity gained (positive) or lost.</summary>
    public decimal ProfitUsd => ClosingUsd - OpeningUsd;

    /// <summary>The same in percent of the opening; 0 where that is 0.</summary>
    public decimal ProfitPercent => OpeningUsd == 0 ? 0 : decimal.Round((ClosingUsd / OpeningUsd - 1) * 100, 4);
}

/// <summary>The days, folded from equity and settlements.</summary>
public sealed class DayBook
{
    [JsonInclude]
    private SortedDictionary<DateOnly, DayFigures> Days { get; set; } = [];

    [JsonInclude]
    private decimal? EquityUsd { get; set; }

    /// <summary>All days with a decision or a trade, oldest first.</summary>
    [JsonIgnore]
    public IReadOnlyCollection<DayFigures> All => Days.Values;

    /// <summary>Notes the equity at a time.</summary>
    public void Mark(DateTimeOffset at, decimal equityUsd)
    {
        var day = Of(at, equityUsd);
        Days[day.Day] = day with { ClosingUsd = equityUsd };
        EquityUsd = equityUsd;
    }

    /// <summary>Notes a trade.</summary>
    public void Add(DateTimeOffset at, decimal realisedUsd, decimal feesUsd)
    {
        var day = Of(at, EquityUsd ?? 0);
        Days[day.Day] = day with { RealisedUsd = day.RealisedUsd + realisedUsd, FeesUsd = day.FeesUsd + feesUsd, Trades = day.Trades + 1 };
    }

    private DayFigures Of(DateTimeOffset at, decimal equityUsd)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        // A day begins with what the one before ended with.
        return Days.TryGetValue(day, out var known) ? known : new(day, EquityUsd ?? equityUsd, EquityUsd ?? equityUsd, 0, 0, 0);
    }
}
