using Trading.Core;

namespace Trading.MarketData;

/// <summary>Candles of a longer interval, made of those of another source.</summary>
public sealed class ResampledCandles : ICandleSource
{
    private const int Block = 512;

    private readonly ICandleSource _source;
    private readonly Resampler _resampler;
    private readonly Candle[] _block = new Candle[Block];
    private readonly TakerSums? _taker;
    private int _at, _count, _before;
    private bool _ended;

    /// <summary>Candles of an interval.</summary>
    /// <exception cref="CandleFileException">The interval is no multiple of the source's.</exception>
    public ResampledCandles(ICandleSource source, int intervalSeconds)
    {
        if (intervalSeconds < source.IntervalSeconds || intervalSeconds % source.IntervalSeconds != 0)
            throw new CandleFileException($"candles of {source.IntervalSeconds} s cannot be made into candles of {intervalSeconds} s: "
                + "the longer must be a multiple of the shorter");
        (_source, IntervalSeconds, _resampler) = (source, intervalSeconds, new(intervalSeconds));
        _taker = source.Taker is null ? null : new(intervalSeconds);
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
    public IReadOnlyList<decimal>? Taker => _taker?.Sums;

    /// <inheritdoc/>
    public int Read(Span<Candle> block)
    {
        var count = 0;
        while (count < block.Length && !_ended)
        {
            if (_at == _count)
                Fill();
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

    private void Fill()
    {
        (_at, _count) = (0, _source.Read(_block));
        for (var i = 0; i < _count && _taker is not null; i++)
            _taker.Add(_block[i].OpenTimeUnixSeconds, _source.Taker![_before + i]);
        _before += _count;
    }
}
