using System.Runtime.InteropServices;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Candles or trades and, beside each, how much of its volume takers bought. Where one row lacks that, it is dropped for all rows.
/// </summary>
/// <param name="taker">Whether the rows have it.</param>
/// <param name="capacity">How many rows are expected; 0 where that is not known.</param>
internal sealed class CandleRows(bool taker, int capacity = 0)
{
    /// <summary>The candles or trades.</summary>
    public List<Candle> Candles { get; private set; } = new(capacity);

    /// <summary>What takers bought of each; null where a row does not say it.</summary>
    public List<decimal>? Taker { get; private set; } = taker ? new(capacity) : null;

    /// <summary>The line of the row that was the first not to say it, though its file has a column for it; 0 for none.</summary>
    public long FirstWithout { get; private set; }

    /// <summary>Adds a row.</summary>
    /// <param name="candle">The candle or trade.</param>
    /// <param name="bought">What takers bought of it; null where it does not say.</param>
    /// <param name="line">Where it stands in its file.</param>
    public void Add(in Candle candle, decimal? bought, long line)
    {
        Candles.Add(candle);
        if (bought is { } known)
            Taker?.Add(known);
        else if (Taker is not null)
            (Taker, FirstWithout) = (null, line);
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
        return new(taker: false)
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
