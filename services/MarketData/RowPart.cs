using Trading.Core;

namespace Trading.MarketData;

/// <summary>A part of a table's rows, as one processor reads them.</summary>
/// <param name="rows">The rows of all parts.</param>
/// <param name="begin">The place of its first row among them.</param>
internal sealed class RowPart(CandleRows rows, int begin)
{
    private const int MostInstants = 4096;

    /// <summary>The place of its first row, while it has been read alone.</summary>
    public int Begin => begin;

    /// <summary>How many rows it has.</summary>
    public int Count { get; private set; }

    /// <summary>What was counted.</summary>
    public DataNotes Notes { get; } = new();

    /// <summary>The first rows that could not be used.</summary>
    public List<RefusedRow> Refused { get; } = [];

    /// <summary>Instants of the first rows, also of those without a price: they tell the interval.</summary>
    public List<long> Instants { get; } = [];

    /// <summary>The line of the first row that does not say what takers bought; 0 for none.</summary>
    public long FirstWithout { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <param name="candle">The candle or trade.</param>
    /// <param name="bought">What takers bought of it; null where it does not say.</param>
    /// <param name="line">Where it stands in its file.</param>
    public void Add(in Candle candle, decimal? bought, long line)
    {
        if (bought is null && FirstWithout == 0)
            FirstWithout = line;
        rows.Set(begin + Count++, candle, bought);
    }

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

    /// <summary>How many parts a table of a size is read in: one for each processor where that is worth it.</summary>
    public static int Parts(long size, int least) => (int)Math.Clamp(size / least, 1, Environment.ProcessorCount);

    /// <summary>Reads a table's parts on all processors; what comes is what reading it from its begin to its end gives.</summary>
    /// <param name="taker">Whether the table says what takers bought.</param>
    /// <param name="most">How many rows each part may have.</param>
    /// <param name="read">Reads a part, by its number.</param>
    public static ReadRows Read(bool taker, int[] most, Action<RowPart, int> read)
    {
        var rows = new CandleRows(taker, most.Sum());
        var begin = 0;
        var parts = Array.ConvertAll(most, count => new RowPart(rows, (begin += count) - count));
        Parallel.For(0, parts.Length, part => read(parts[part], part));
        var whole = new ReadRows(rows, new(), [], []);
        foreach (var part in parts)
        {
            whole.Notes.Add(part.Notes);
            whole.Refused.AddRange(part.Refused.Take(CandleFile.RefusedKept - whole.Refused.Count));
            whole.Instants.AddRange(part.Instants.Take(MostInstants - whole.Instants.Count));
        }
        rows.Close(parts);
        return whole;
    }
}

/// <summary>The rows of a table, and what was found in it.</summary>
/// <param name="Rows">The candles or trades.</param>
/// <param name="Notes">What was counted.</param>
/// <param name="Refused">The first rows that could not be used.</param>
/// <param name="Instants">Instants of the first rows, also of those without a price: they tell the interval.</param>
internal sealed record ReadRows(CandleRows Rows, DataNotes Notes, List<RefusedRow> Refused, List<long> Instants);
