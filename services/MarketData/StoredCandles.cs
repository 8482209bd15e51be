using System.Globalization;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Prices of a store as candles: each price is what a candle that ended there closed at. Where the store has no more than the price, its
/// open, high and low are the price too, and its volume is 0.
/// </summary>
/// <param name="prices">The prices, oldest first.</param>
/// <param name="intervalSeconds">Seconds from one to the next.</param>
public sealed class StoredCandles(IReadOnlyList<StoredPrice> prices, int intervalSeconds) : ICandleSource
{
    private int _at;

    /// <inheritdoc/>
    public int IntervalSeconds => intervalSeconds;

    /// <inheritdoc/>
    public double FractionRead => prices.Count == 0 ? 1 : (double)_at / prices.Count;

    /// <inheritdoc/>
    public long RefusedCount => 0;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => [];

    /// <inheritdoc/>
    public DataNotes Notes { get; } = NotesOf(prices);

    /// <inheritdoc/>
    public int Read(Span<Candle> block)
    {
        var count = Math.Min(block.Length, prices.Count - _at);
        for (var i = 0; i < count; i++)
        {
            var price = prices[_at++];
            if (Notes.RowsUsed++ > 0)
                Notes.Between(prices[_at - 2].UnixSeconds, price.UnixSeconds, intervalSeconds);
            block[i] = price.Candle;
        }
        return count;
    }

    private static DataNotes NotesOf(IReadOnlyList<StoredPrice> prices)
    {
        var (notes, alone) = (new DataNotes(), prices.Count(price => price.Bar is null));
        if (alone > 0)
            notes.Recognised.Add(string.Create(CultureInfo.InvariantCulture, $"{alone:N0} of {prices.Count:N0} prices of the history are ")
                + "single prices: each is played as a bar that opens, closes and stays at its price, without volume");
        return notes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
