using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Recorded candles, read once from the first row of the first file to the last row of the last, with times that strictly rise.
/// The files are text as <see cref="CandleCsv"/> describes, plain or compressed with gzip (recognised by their content, not by their name).
/// Bad rows are left out and counted. Memory stays the same whatever the size of the files. Not for use by several threads.
/// </summary>
public sealed class CandleFile : ICandleSource
{
    /// <summary>How many of the refused rows are kept with their reason; <see cref="RefusedCount"/> counts all.</summary>
    public const int RefusedKept = 100;

    private const int RowsPerBlock = 512, Fields = 6;

    private readonly string[] _paths;
    private readonly long _from;
    private readonly long _to;
    private readonly bool _earlier;
    private readonly long _totalBytes;
    private readonly LinesInOrder _lines;
    private readonly List<RefusedRow> _refused = [];

    private long? _bytesBeforeFirst;
    private long _firstTime = long.MaxValue;
    private long _lastTime = long.MinValue;
    private long _delivered;
    private bool _ended;
    private bool _disposed;

    private Candle _last;

    private enum Row
    {
        Candle,
        Refused,
        OutsideOfRange,
    }

    /// <summary>Opens the files and reads the start of each.</summary>
    /// <param name="paths">The files in the order of their times; at least one.</param>
    /// <param name="from">Candles that open before this instant are skipped; null for none.</param>
    /// <param name="to">Candles that open at this instant or later are not read; null for none.</param>
    /// <param name="earlier">Whether candles from before <paramref name="from"/> are given too; at least one must come after them.</param>
    /// <exception cref="CandleFileException">
    /// A file is missing, has another header, has no usable row or another interval than the first, or <paramref name="to"/> is not after
    /// <paramref name="from"/>.
    /// </exception>
    public CandleFile(IReadOnlyList<string> paths, DateTimeOffset? from = null, DateTimeOffset? to = null, bool earlier = false)
    {
        _earlier = earlier;
        if (paths.Count == 0)
            throw new CandleFileException("no candle file given; expected at least one .csv or .csv.gz");
        if (from >= to)
            throw new CandleFileException(
                $"the end of the candles must be after their start {Instant(from.Value)}, was {Instant(to.Value)}");

        _paths = [.. paths];
        _lines = new(_paths, CandleCsv.Header);
        _from = from is { } start ? CeilingSeconds(start) : long.MinValue;
        _to = to is { } end ? CeilingSeconds(end) : long.MaxValue;
        foreach (var path in _paths)
        {
            var interval = CandleInterval.Detect(path);
            if (IntervalSeconds != 0 && interval != IntervalSeconds)
                throw new CandleFileException($"{path} must have candles of {IntervalSeconds} s as {paths[0]} has, was {interval} s");
            IntervalSeconds = interval;
            _totalBytes += new FileInfo(path).Length;
        }
    }

    /// <inheritdoc/>
    public DataNotes Notes { get; } = new();

    /// <summary>Whether a file has the header of this format.</summary>
    public static bool Holds(string path)
    {
        try
        {
            using var lines = CandleLines.Open(path, ahead: false);
            return true;
        }
        catch (CandleFileException)
        {
            return false;
        }
    }

    /// <summary>The time of the first row that can be used; the end of time where there is none.</summary>
    internal static long FirstTime(string path)
    {
        using var lines = CandleLines.Open(path, ahead: false);
        while (lines.Next(out var line))
        {
            if (CandleCsv.Parse(line, out var candle) == CandleFault.None)
                return candle.OpenTimeUnixSeconds;
        }
        return long.MaxValue;
    }

    /// <summary>Seconds from one candle to the next: the most frequent difference between the first rows.</summary>
    public int IntervalSeconds { get; }

    /// <summary>The first refused rows, at most <see cref="RefusedKept"/>.</summary>
    public IReadOnlyList<RefusedRow> Refused => _refused;

    /// <summary>How many rows have been refused so far.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>
    /// How much of the work is done, 0 to 1, for a progress bar: by time when the end is known, by bytes otherwise. It never falls.
    /// </summary>
    public double FractionRead
    {
        get
        {
            if (_ended) return 1;
            if (_delivered == 0 || _bytesBeforeFirst is not { } before) return 0;
            var byBytes = (double)(_lines.BytesRead - before) / Math.Max(1, _totalBytes - before);
            var start = Math.Max(_firstTime, _from);
            var byTime = _to == long.MaxValue ? 0 : (double)(_lastTime - start) / Math.Max(1, _to - start);
            return Math.Clamp(Math.Max(byBytes, byTime), 0, 1);
        }
    }

    /// <summary>Reads the next candles. Allocates nothing for good rows.</summary>
    /// <param name="block">Where the candles go; at least one long.</param>
    /// <returns>How many candles were read; 0 at the end.</returns>
    /// <exception cref="CandleFileException">A file is damaged, or there is no candle at all between the given instants.</exception>
    public int Read(Span<Candle> block)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(block.Length, nameof(block));
        var count = 0;
        while (count < block.Length && !_ended)
        {
            if (!_lines.Next(out var line))
                End();
            else if (Take(line, out var candle) == Row.Candle)
                block[count++] = candle;
        }

        _delivered += count;
        if (_ended && (_delivered == 0 || _lastTime < _from))
            throw new CandleFileException(NothingBetween());
        return count;
    }

    /// <summary>The candles one by one; the same sequence as <see cref="Read"/> gives, and like it only once.</summary>
    public IEnumerable<Candle> Candles()
    {
        var block = new Candle[RowsPerBlock];
        while (Read(block) is > 0 and var count)
        {
            for (var i = 0; i < count; i++)
                yield return block[i];
        }
    }

    public void Dispose()
    {
        End();
        _disposed = true;
    }

    private Row Take(ReadOnlySpan<byte> line, out Candle candle)
    {
        Notes.RowsRead++;
        var fault = CandleCsv.Parse(line, out candle);
        if (fault != CandleFault.None)
        {
            Notes.Drop(DroppedRows.Of(fault, tooFewFields: line.Count((byte)',') < Fields - 1));
            Refuse(_refused.Count < RefusedKept ? CandleCsv.Describe(fault, line) : "");
            return Row.Refused;
        }

        var time = candle.OpenTimeUnixSeconds;
        if (time <= _lastTime)
        {
            if (candle != _last)
                throw new CandleOrderException(
                    $"{_lines.File.Path}, line {_lines.File.LineNumber}: {Instant(time)} comes after {Instant(_lastTime)}");
            Notes.Drop(DroppedRows.Doubled);
            Refuse(_refused.Count < RefusedKept
                ? $"open time must be after that of the row before, {Instant(_lastTime)}, was {Instant(time)}" : "");
            return Row.Refused;
        }

        _firstTime = Math.Min(_firstTime, time);
        var before = _lastTime;
        (_lastTime, _last) = (time, candle);
        if (time < _from && !_earlier)
            return Row.OutsideOfRange;
        if (time >= _to)
        {
            End();
            return Row.OutsideOfRange;
        }

        _bytesBeforeFirst ??= _lines.BytesRead;
        if (Notes.RowsUsed++ > 0 && time - before != IntervalSeconds)
            Notes.Between(before, time, IntervalSeconds);
        return Row.Candle;
    }

    private void Refuse(string reason)
    {
        RefusedCount++;
        if (_refused.Count < RefusedKept)
            _refused.Add(new RefusedRow(_lines.File.Path, _lines.File.LineNumber, reason));
    }

    private void End()
    {
        _ended = true;
        _lines.Dispose();
    }

    private string NothingBetween()
    {
        var start = _from == long.MinValue ? "the start" : Instant(_from);
        var end = _to == long.MaxValue ? "the end" : Instant(_to);
        return $"no candle from {start} to {end} in {string.Join(", ", _paths)}; what was read goes from "
            + $"{Instant(_firstTime)} to {Instant(_lastTime)}";
    }

    private static long CeilingSeconds(DateTimeOffset instant) =>
        instant.ToUnixTimeSeconds() + (instant.Ticks % TimeSpan.TicksPerSecond > 0 ? 1 : 0);

    private static string Instant(long unixSeconds) => Instant(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));

    private static string Instant(DateTimeOffset instant) => $"{instant.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}";
}
