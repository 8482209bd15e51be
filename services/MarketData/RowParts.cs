namespace Trading.MarketData;

/// <summary>A part of a table's rows, as one processor has read them.</summary>
/// <param name="Candles">The candles or trades.</param>
internal sealed record RowPart(CandleRows Candles)
{
    private const int MostInstants = 4096;

    /// <summary>What was counted.</summary>
    public DataNotes Notes { get; } = new();

    /// <summary>The first rows that could not be used.</summary>
    public List<RefusedRow> Refused { get; } = [];

    /// <summary>Instants of the first rows, also of those without a price: they tell the interval.</summary>
    public List<long> Instants { get; } = [];

    /// <summary>Keeps an instant where more are needed.</summary>
    public void Saw(long at)
    {
        if (Instants.Count < MostInstants)
            Instants.Add(at);
    }

    /// <summary>Drops a row for a reason.</summary>
    public void Drop(string name, long line, string reason, Func<string> row)
    {
        Notes.Drop(reason);
        if (Refused.Count < CandleFile.RefusedKept)
            Refused.Add(new(name, line, $"{reason}: {row()}"));
    }

    /// <summary>Adds what follows.</summary>
    public void Add(RowPart other)
    {
        Candles.Add(other.Candles);
        Notes.Add(other.Notes);
        Refused.AddRange(other.Refused.Take(CandleFile.RefusedKept - Refused.Count));
        Instants.AddRange(other.Instants.Take(MostInstants - Instants.Count));
    }

    /// <summary>Reads parts of a table, on all processors; they are one as if it had been read from its begin to its end.</summary>
    /// <param name="size">How large the table is, in rows or bytes.</param>
    /// <param name="least">How large a part should be at least.</param>
    /// <param name="read">Reads the part with a number, of so many.</param>
    public static RowPart Read(long size, int least, Func<int, int, RowPart> read)
    {
        var parts = new RowPart[Math.Clamp(size / least, 1, Environment.ProcessorCount)];
        Parallel.For(0, parts.Length, at => parts[at] = read(at, parts.Length));
        foreach (var part in parts.AsSpan(1))
            parts[0].Add(part);
        return parts[0];
    }
}
