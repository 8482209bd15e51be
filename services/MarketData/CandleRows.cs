using System.Runtime.InteropServices;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Candles or trades and, beside each, how much of its volume takers bought. Where one row lacks that, it is dropped for all rows.
/// </summary>
internal sealed class CandleRows
{
    /// <summary>No rows.</summary>
    /// <param name="taker">Whether the rows will have what takers bought.</param>
    /// <param name="places">How many rows are to be written by <see cref="Set"/>, at most.</param>
    public CandleRows(bool taker, int places = 0)
    {
        CollectionsMarshal.SetCount(Candles, places);
        Taker = taker ? [] : null;
        if (Taker is not null)
            CollectionsMarshal.SetCount(Taker, places);
    }

    /// <summary>The candles or trades.</summary>
    public List<Candle> Candles { get; private set; } = [];

    /// <summary>What takers bought of each; null where a row does not say it.</summary>
    public List<decimal>? Taker { get; private set; }

    /// <summary>The line of the row that was the first not to say it, though its file has a column for it; 0 for none.</summary>
    public long FirstWithout { get; private set; }

    /// <summary>Writes a row at its place.</summary>
    public void Set(int place, in Candle candle, decimal? bought)
    {
        CollectionsMarshal.AsSpan(Candles)[place] = candle;
        if (Taker is not null)
            CollectionsMarshal.AsSpan(Taker)[place] = bought.GetValueOrDefault();
    }

    /// <summary>Closes the gaps between the parts that were written.</summary>
    public void Close(IReadOnlyList<RowPart> parts)
    {
        if (Taker is not null && parts.FirstOrDefault(part => part.FirstWithout > 0) is { } without)
            (Taker, FirstWithout) = (null, without.FirstWithout);
        Close(Candles, parts);
        if (Taker is not null)
            Close(Taker, parts);
    }

    private static void Close<T>(List<T> rows, IReadOnlyList<RowPart> parts)
    {
        var all = CollectionsMarshal.AsSpan(rows);
        var count = 0;
        foreach (var part in parts)
        {
            if (part.Begin != count)
                all.Slice(part.Begin, part.Count).CopyTo(all[count..]);
            count += part.Count;
        }
        CollectionsMarshal.SetCount(rows, count);
    }

    /// <summary>Adds rows that follow, which are not to be used by themselves any more.</summary>
    public void Add(CandleRows other)
    {
        if (FirstWithout == 0)
            FirstWithout = other.FirstWithout;
        if (Candles.Count == 0)
        {
            (Candles, Taker) = (other.Candles, Taker is null ? null : other.Taker);
            return;
        }
        Candles.AddRange(other.Candles);
        if (other.Taker is { } known)
            Taker?.AddRange(known);
        else
            Taker = null;
    }

    /// <summary>Whether two rows say the same.</summary>
    public bool Same(int one, int other) => Candles[one] == Candles[other] && Taker?[one] == Taker?[other];

    /// <summary>The longer candles that these make.</summary>
    public CandleRows Longer(int intervalSeconds)
    {
        var candles = CollectionsMarshal.AsSpan(Candles);
        return new CandleRows(taker: false)
        {
            Candles = Resampler.Made(candles, intervalSeconds),
            Taker = Resampler.Longer(Taker, candles, intervalSeconds)?.ToList(),
        };
    }

    /// <summary>Turns the rows around.</summary>
    public void Reverse()
    {
        Candles.Reverse();
        Taker?.Reverse();
    }

    /// <summary>Sorts by time; rows of one time stay as they stood.</summary>
    public void Sort() => Keep([.. Enumerable.Range(0, Candles.Count).OrderBy(row => Candles[row].OpenTimeUnixSeconds)]);

    /// <summary>Leaves these rows, in this order.</summary>
    public void Keep(IReadOnlyList<int> rows) =>
        (Candles, Taker) = ([.. rows.Select(row => Candles[row])], Taker is { } all ? [.. rows.Select(row => all[row])] : null);
}
