using System.Globalization;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>What was recognised of a file.</summary>
internal static class RecognisedFile
{
    private const int Day = 86_400;

    /// <summary>What its rows are, in a word.</summary>
    public static string Rows(ColumnRoles roles) => roles.IsTrades ? "trades" : "candles";

    /// <summary>The most frequent distance of the first rows; of months, whose days differ, the shortest.</summary>
    /// <exception cref="CandleFileException">There are no two times.</exception>
    public static int Interval(string name, List<long> instants)
    {
        instants.Sort();
        var distances = instants.Zip(instants.Skip(1), (one, next) => next - one)
            .Where(distance => distance > 0).GroupBy(distance => distance)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
            .Select(group => group.Key).ToList();
        if (distances.Count == 0)
            throw new CandleFileException($"{name} must have at least two rows at different times, has {instants.Count}");
        var months = distances.Where(distance => distance is >= 28 * Day and <= 31 * Day).ToList();
        return months.Count > 1 && distances[0] is >= 28 * Day and <= 31 * Day
            ? (int)months.Min() : (int)Math.Min(int.MaxValue, distances[0]);
    }

    /// <summary>What a file holds, in one line.</summary>
    public static string Line(string name, TextTable table, ColumnRoles roles, List<Candle> rows, int interval)
    {
        string Instant(in Candle row) => DateTimeOffset.FromUnixTimeSeconds(row.OpenTimeUnixSeconds)
            .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var unit = roles.Time.Unit switch
        {
            "s" or "ms" or "us" or "ns" => $"times in {roles.Time.Unit}",
            "dmy" => "dates with the day first",
            "mdy" => "dates with the month first",
            _ => "dates",
        };
        var columns = string.Join(", ", roles.Places.OrderBy(place => place.Value)
            .Select(place => table.Header is { } header && header[place.Value].Length > 0
                ? $"{place.Key}={header[place.Value]}" : $"{place.Key}={place.Value}"));
        return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(name)}: {roles.Kind}; {unit}, UTC; {columns}; ")
            + (roles.Symbol is { } symbol ? $"{symbol}; " : "")
            + string.Create(CultureInfo.InvariantCulture, $"{rows.Count:N0} {Rows(roles)}")
            + (roles.IsTrades ? "" : $" of {DataNotes.Words(interval)}") + $", {Instant(rows[0])} to {Instant(rows[^1])}";
    }

}
