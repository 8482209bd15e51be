using System.Globalization;

namespace Trading.MarketData;

/// <summary>What was recognised in files, what was done with their rows, and what is missing in them.</summary>
public sealed class DataNotes
{
    private readonly SortedDictionary<string, long> _dropped = new(StringComparer.Ordinal);

    /// <summary>What was recognised, one line for each file.</summary>
    public List<string> Recognised { get; } = [];

    /// <summary>Why nobody can use the order flow that a part of the data has; null where all or none have it.</summary>
    public string? FlowLeftOut { get; set; }

    /// <summary>Rows that were read, without headers and empty lines.</summary>
    public long RowsRead { get; set; }

    /// <summary>Candles or trades that were made of them and lie in the period.</summary>
    public long RowsUsed { get; set; }

    /// <summary>Rows that were dropped, by reason.</summary>
    public IReadOnlyDictionary<string, long> Dropped => _dropped;

    /// <summary>What was done to bring the rows in order, one line each.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Stretches without a candle between the first and the last.</summary>
    public long Gaps { get; private set; }

    /// <summary>Candles that are missing in them.</summary>
    public long Missing { get; private set; }

    /// <summary>Seconds of the longest of them.</summary>
    public long LongestGapSeconds { get; private set; }

    /// <summary>Whether every row was used, in its order, and none is missing.</summary>
    public bool IsClean => _dropped.Count == 0 && Done.Count == 0 && Missing == 0;

    /// <summary>Share of the candles that are missing, 0 to 1.</summary>
    public double MissingShare => Missing == 0 ? 0 : Missing / (double)(Missing + RowsUsed);

    /// <summary>Counts rows that were dropped.</summary>
    public void Drop(string reason, long rows = 1) => _dropped[reason] = _dropped.GetValueOrDefault(reason) + rows;

    /// <summary>Counts the rows of a part.</summary>
    public void Add(DataNotes part)
    {
        RowsRead += part.RowsRead;
        foreach (var (reason, rows) in part.Dropped)
            Drop(reason, rows);
    }

    /// <summary>Counts what is missing between two candles that follow each other.</summary>
    public void Between(long before, long now, int intervalSeconds)
    {
        var missing = (now - before) / intervalSeconds - 1;
        if (missing <= 0)
            return;
        Gaps++;
        Missing += missing;
        LongestGapSeconds = Math.Max(LongestGapSeconds, missing * intervalSeconds);
    }

    /// <summary>What there is to say, for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var line in Recognised)
            yield return line;
        if (FlowLeftOut is { } left)
            yield return left;
        foreach (var line in Done)
            yield return line;
        var dropped = string.Join(", ", _dropped.Select(entry =>
            string.Create(CultureInfo.InvariantCulture, $"{entry.Value:N0} {entry.Key}")));
        if (RowsRead > 0 && (dropped.Length > 0 || Done.Count > 0))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{RowsRead:N0} rows read, {RowsUsed:N0} used{(dropped.Length > 0 ? $", dropped: {dropped}" : "")}");
        if (Missing > 0)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{Missing:N0} candles ({MissingShare * 100:0.###} %) are missing in {Gaps:N0} gaps, ")
                + $"the longest {Words(LongestGapSeconds)}";
    }

    /// <summary>A length of time as people say it.</summary>
    public static string Words(long seconds) => seconds switch
    {
        _ when seconds % 86_400 == 0 => $"{seconds / 86_400} d",
        > 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400.0:0.#} d"),
        _ when seconds % 3600 == 0 => $"{seconds / 3600} h",
        _ when seconds % 60 == 0 && seconds < 7200 => $"{seconds / 60} min",
        >= 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600.0:0.#} h"),
        _ => $"{seconds} s",
    };
}
