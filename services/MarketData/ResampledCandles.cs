using Trading.Core;

namespace Trading.MarketData;

/// <summary>Candles of a longer interval, made of those of another source.</summary>
public sealed class ResampledCandles : ICandleSource
{
    private const int Block = 512;

    private readonly ICandleSource _source;
    private readonly Resampler _resampler;
    private readonly Candle[] _block = new Candle[Block];
    private int _at, _count;
    private bool _ended;

    /// <summary>Candles of an interval.</summary>
    /// <exception cref="CandleFileException">The interval is no multiple of the source's.</exception>
    public ResampledCandles(ICandleSource source, int intervalSeconds)
    {
        if (intervalSeconds < source.IntervalSeconds || intervalSeconds % source.IntervalSeconds != 0)
            throw new CandleFileException($"candles of {source.IntervalSeconds} s cannot be made into candles of {intervalSeconds} s: "
                + "the longer must be a multiple of the shorter");
        (_source, IntervalSeconds, _resampler) = (source, intervalSeconds, new(intervalSeconds));
    }

    /// <inheritdoc/>
    public int IntervalSeconds { get; }

    /// <inheritdoc/>
    public double FractionRead => _source.FractionRead;

    /// <inheritdoc/>
    public long RefusedCount => _source.RefusedCount;

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => _source.Refused;

    /// <inheritdoc/>
    public DataNotes Notes => _source.Notes;

    /// <inheritdoc/>
    public int Read(Span<Candle> block)
    {
        var count = 0;
        while (count < block.Length && !_ended)
        {
            if (_at == _count)
                (_at, _count) = (0, _source.Read(_block));
            if (_count == 0)
            {
                _ended = true;
                if (_resampler.End(out block[count]))
                    count++;
            }
            else if (_resampler.Add(_block[_at++], out block[count]))
                count++;
        }
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
