using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Candles made from single trades: files with the header <see cref="Header"/>, plain or compressed. A trade's time is the exchange's, not
/// the time at which it was received; rows that are out of order by it throw <see cref="CandleOrderException"/>.
/// </summary>
public sealed class TradeFile : ICandleSource
{
    /// <summary>The first line of every file of trades.</summary>
    public const string Header = "recv_time_unix_ns,trade_time_unix_ms,trade_id,price,quantity,buyer_is_maker";

    private readonly LinesInOrder _lines;
    private readonly Resampler _resampler;
    private readonly List<RefusedRow> _refused = [];
    private readonly (long From, long To) _range;
    private readonly long _totalBytes;
    private long _lastMilliseconds, _delivered;
    private bool _ended;

    /// <summary>Opens the files.</summary>
    /// <param name="paths">The files in the order of their times.</param>
    /// <param name="intervalSeconds">Seconds of a candle; above 0.</param>
    /// <param name="from">Earlier trades are skipped; null for none.</param>
    /// <param name="to">From this instant on trades are not read; null for none.</param>
    public TradeFile(IReadOnlyList<string> paths, int intervalSeconds, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        (_lines, IntervalSeconds, _resampler) = (new([.. paths], Header), intervalSeconds, new(intervalSeconds));
        _range = (from?.ToUnixTimeMilliseconds() ?? long.MinValue, to?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        foreach (var path in paths)
        {
            using var lines = CandleLines.Open(path, Header, ahead: false);
            _totalBytes += new FileInfo(path).Length;
        }
    }

    /// <inheritdoc/>
    public int IntervalSeconds { get; }

    /// <inheritdoc/>
    public double FractionRead => _ended ? 1 : (double)_lines.BytesRead / Math.Max(1, _totalBytes);

    /// <inheritdoc/>
    public long RefusedCount { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<RefusedRow> Refused => _refused;

    /// <inheritdoc/>
    public DataNotes Notes { get; } = new();

    /// <summary>Whether a file holds trades and not candles.</summary>
    public static bool Holds(string path)
    {
        try
        {
            using var lines = CandleLines.Open(path, Header, ahead: false);
            return true;
        }
        catch (CandleFileException)
        {
            return false;
        }
    }

    /// <summary>The time of the first row that can be used, in milliseconds; the end of time where there is none.</summary>
    internal static long FirstTime(string path)
    {
        using var lines = CandleLines.Open(path, Header, ahead: false);
        while (lines.Next(out var line))
        {
            if (TradeLine.Parse(line, out var milliseconds, out _))
                return milliseconds;
        }
        return long.MaxValue;
    }

    /// <inheritdoc/>
    public int Read(Span<Candle> block)
    {
        var count = 0;
        while (count < block.Length && !_ended)
        {
            if (!NextTrade(out var trade))
            {
                _ended = true;
                if (_resampler.End(out block[count]))
                    count++;
            }
            else if (_resampler.Add(trade, out block[count]))
                count++;
        }
        _delivered += count;
        return _ended && _delivered == 0 ? throw new CandleFileException("the files hold no trade in the period") : count;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private bool NextTrade(out Candle trade)
    {
        while (_lines.Next(out var line))
        {
            Notes.RowsRead++;
            if (!TradeLine.Parse(line, out var milliseconds, out trade))
                Refuse($"a trade must be {Header}, was {CandleCsv.Printable(line[..Math.Min(line.Length, 80)])}");
            else if (milliseconds < _lastMilliseconds)
                throw new CandleOrderException(
                    $"{_lines.File.Path}, line {_lines.File.LineNumber}: {Instant(milliseconds)} comes after {Instant(_lastMilliseconds)}");
            else if (milliseconds >= _range.To)
                break;
            else
            {
                _lastMilliseconds = milliseconds;
                if (milliseconds >= _range.From)
                {
                    Notes.RowsUsed++;
                    return true;
                }
            }
        }
        trade = default;
        return false;
    }

    private static string Instant(long milliseconds) => $"{DateTimeOffset.FromUnixTimeMilliseconds(milliseconds):yyyy-MM-ddTHH:mm:ss.fffZ}";

    private void Refuse(string reason)
    {
        RefusedCount++;
        Notes.Drop("that are no trade");
        if (_refused.Count < CandleFile.RefusedKept)
            _refused.Add(new(_lines.File.Path, _lines.File.LineNumber, reason));
    }
}
