namespace Trading.MarketData;

/// <summary>The lines of several files, one file after the other.</summary>
/// <param name="paths">The files.</param>
/// <param name="header">The line that each must start with.</param>
internal sealed class LinesInOrder(IReadOnlyList<string> paths, string header) : IDisposable
{
    private CandleLines? _lines;
    private int _nextPath;
    private long _bytesOfFinishedFiles;

    /// <summary>The file whose line was given last; there is one until the end.</summary>
    public CandleLines File => _lines!;

    /// <summary>Bytes of all files so far, as they lie on disk.</summary>
    public long BytesRead => _bytesOfFinishedFiles + (_lines?.BytesRead ?? 0);

    /// <summary>The next line that is not empty; valid until the next call. False at the end of the last file.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            if (_lines is not null && _lines.Next(out line))
                return true;
            _bytesOfFinishedFiles += _lines?.BytesRead ?? 0;
            Dispose();
            if (_nextPath == paths.Count)
            {
                line = default;
                return false;
            }
            _lines = CandleLines.Open(paths[_nextPath++], header);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines?.Dispose();
        _lines = null;
    }
}
