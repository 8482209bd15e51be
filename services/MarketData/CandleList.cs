using System.Runtime.InteropServices;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>Candles in memory.</summary>
/// <param name="candles">Candles whose times rise strictly.</param>
/// <param name="first">The place of the first that counts.</param>
/// <param name="count">How many count.</param>
/// <param name="intervalSeconds">Seconds of a candle.</param>
/// <param name="notes">What was found and done.</param>
/// <param name="refused">The first rows that could not be used.</param>
/// <param name="taker">What takers bought of each candle's volume; null where the data do not say it.</param>
public sealed class CandleList(
    List<Candle> candles, int first, int count, int intervalSeconds, DataNotes notes, IReadOnlyList<RefusedRow> refused,
    decimal[]? taker = null) : ICandleSource
{
    private int _at;

    /// <inheritdoc/>
    public int IntervalSeconds => intervalSeconds;

    /// <inheritdoc/>
    public double FractionRead => count == 0 ? 1 : _at / (double)count;

    /// <inheritdoc/>
    public long RefusedCount => notes.Dropped.Values.Sum();

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => refused;

    /// <inheritdoc/>
    public DataNotes Notes => notes;

    /// <inheritdoc/>
    public IReadOnlyList<decimal>? Taker => taker;

    /// <inheritdoc/>
    public int Read(Span<Candle> block)
    {
        var taken = Math.Min(block.Length, count - _at);
        CollectionsMarshal.AsSpan(candles).Slice(first + _at, taken).CopyTo(block);
        _at += taken;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
