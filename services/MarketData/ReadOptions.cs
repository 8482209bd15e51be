using System.Globalization;

namespace Trading.MarketData;

/// <summary>What a user says of files that do not say it themselves, and how strict reading is.</summary>
/// <param name="Format">candles or trades; null to find out.</param>
/// <param name="Columns">The place of each column by role, of <see cref="Roles"/>; null to find out.</param>
/// <param name="TimeUnit">s, ms, us or ns of numbers, dmy, mdy or ymd of dates; null to find out.</param>
/// <param name="Duplicates">Which of two rows of one time counts when they differ: first or last; null refuses the files.</param>
/// <param name="Strict">Whether any row that cannot be used, is doubled, missing or out of order refuses the files.</param>
public sealed record ReadOptions(
    string? Format = null, IReadOnlyDictionary<string, int>? Columns = null, string? TimeUnit = null, string? Duplicates = null,
    bool Strict = false)
{
    /// <summary>Roles of columns; taker is what takers bought of the volume, maker whether the buyer of a trade was the maker.</summary>
    public static readonly IReadOnlyList<string> Roles =
        ["time", "date", "open", "high", "low", "close", "volume", "taker", "price", "quantity", "maker"];

    private static readonly string[] Units = ["s", "ms", "us", "ns", "dmy", "mdy", "ymd"];

    /// <summary>Reads the switches.</summary>
    /// <exception cref="CandleFileException">One is not what it may be; the message is one line.</exception>
    public static ReadOptions Parse(string? format, string? columns, string? timeUnit, string? duplicates, bool strict)
    {
        if (format is not (null or "candles" or "trades"))
            throw new CandleFileException($"--format must be candles or trades, was {format}");
        if (timeUnit is not null && !Units.Contains(timeUnit))
            throw new CandleFileException($"--time-unit must be among {string.Join(", ", Units)}, was {timeUnit}");
        if (duplicates is not (null or "first" or "last"))
            throw new CandleFileException($"--duplicates must be first or last, was {duplicates}");
        return new(format, columns is null ? null : ParseColumns(columns), timeUnit, duplicates, strict);
    }

    private static Dictionary<string, int> ParseColumns(string columns)
    {
        var places = new Dictionary<string, int>();
        foreach (var pair in columns.Split(',', StringSplitOptions.TrimEntries))
        {
            if (pair.Split('=') is not [var role, var text] || !Roles.Contains(role)
                || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place) || !places.TryAdd(role, place))
            {
                throw new CandleFileException(
                    $"--columns takes the place of each column, counted from 0, like time=0,open=1,high=2,low=3,close=4,volume=5 "
                    + $"(roles: {string.Join(", ", Roles)}), was {columns}");
            }
        }
        return places;
    }
}
