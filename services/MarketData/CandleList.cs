using Trading.Core;

namespace Trading.MarketData;

/// <summary>Candles in memory.</summary>
/// <param name="candles">The candles, their times strictly rising.</param>
/// <param name="intervalSeconds">Seconds of a candle.</param>
/// <param name="notes">What was found and done.</param>
/// <param name="refused">The first rows that could not be used.</param>
/// <param name="taker">What takers bought of each candle's volume; null where the data do not say it.</param>
public sealed class CandleList(
    Candle[] candles, int intervalSeconds, DataNotes notes, IReadOnlyList<RefusedRow> refused, decimal[]? taker = null) : ICandleSource
{
    private int _at;

    /// <inheritdoc/>
    public int IntervalSeconds => intervalSeconds;

    /// <inheritdoc/>
    public double FractionRead => candles.Length == 0 ? 1 : _at / (double)candles.Length;

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
        var count = Math.Min(block.Length, candles.Length - _at);
        candles.AsSpan(_at, count).CopyTo(block);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
