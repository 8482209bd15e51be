using System.Buffers;
using System.IO.Compression;
using System.Text;
using Trading.Core;

namespace Trading.MarketData;

/// <summary>The lines of one candle file after its header, read in place in a pooled buffer.</summary>
internal sealed class CandleLines : IDisposable
{
    private const int LongestLine = 64 * 1024;
    private const int FileBufferBytes = 128 * 1024;
    private const byte LineEnd = (byte)'\n';

    private readonly FileStream _file;
    private readonly Stream _text;
    private readonly uint? _textBytesExpected;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(2 * LongestLine);
    private readonly string _header;
    private readonly ReadAhead? _ahead;
    private long _textBytes;
    private int _start;
    private int _end;

    private CandleLines(string path, FileStream file, string header, bool ahead)
    {
        Path = path;
        _file = file;
        _header = header;
        _textBytesExpected = GzipLength.Of(file);
        _text = _textBytesExpected is null ? file : new GZipStream(file, CompressionMode.Decompress);
        _ahead = ahead && _textBytesExpected is not null ? new(_text, () => file.Position) : null;
    }

    public string Path { get; }

    /// <summary>Number of the line that <see cref="Next"/> gave last.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Bytes of the file as it lies on disk.</summary>
    public long BytesRead => _ahead?.Position ?? _file.Position;

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="header">The line that it must start with.</param>
    /// <param name="ahead">Whether it is decompressed on another thread; not worth it for the first rows alone.</param>
    public static CandleLines Open(string path, string header = CandleCsv.Header, bool ahead = true)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileBufferBytes, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CandleFileException($"{path} cannot be opened: {error.Message}", error);
        }

        var lines = new CandleLines(path, file, header, ahead);
        try
        {
            lines.RequireHeader();
            return lines;
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <summary>The next line that is not empty, without its line end; valid until the next call.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        while (NextRaw(out line))
        {
            if (!line.IsEmpty)
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        _ahead?.Dispose();
        _text.Dispose();
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void RequireHeader()
    {
        if (!NextRaw(out var line))
            throw new CandleFileException($"{Path} must start with the line \"{_header}\", was empty");
        if (line.StartsWith(Encoding.UTF8.Preamble))
            line = line[Encoding.UTF8.Preamble.Length..];
        if (!line.SequenceEqual(Encoding.UTF8.GetBytes(_header)))
            throw new CandleFileException(
                $"{Path} must start with the line \"{_header}\", was \"{CandleCsv.Printable(line[..Math.Min(line.Length, 80)])}\"");
    }

    private bool NextRaw(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        int length;
        while ((length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf(LineEnd)) < 0)
        {
            searched = _end - _start;
            if (searched > LongestLine)
                throw new CandleFileException(
                    $"{Path}, line {LineNumber + 1}: a line may have {LongestLine} bytes, was longer; this is no candle file");
            if (!Fill())
            {
                line = TakeLine(searched, searched);
                return searched > 0;
            }
        }

        line = TakeLine(searched + length, searched + length + 1);
        return true;
    }

    private ReadOnlySpan<byte> TakeLine(int length, int taken)
    {
        var line = _buffer.AsSpan(_start, length);
        _start += taken;
        LineNumber++;
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        try
        {
            var count = _ahead?.Read(_buffer.AsSpan(_end)) ?? _text.Read(_buffer, _end, _buffer.Length - _end);
            _end += count;
            _textBytes += count;
            if (count == 0)
                RequireWhole();
            return count > 0;
        }
        catch (InvalidDataException error)
        {
            throw new CandleFileException(
                $"{Path} is damaged or cut off after line {LineNumber}: its gzip data cannot be read to the end ({error.Message})", error);
        }
        catch (IOException error)
        {
            throw new CandleFileException($"{Path} cannot be read after line {LineNumber}: {error.Message}", error);
        }
    }

    /// <summary>GZipStream does not notice when a file was cut off, so the length is compared here.</summary>
    private void RequireWhole()
    {
        if (_textBytesExpected is { } expected && expected != (uint)_textBytes)
            throw new CandleFileException(
                $"{Path} is cut off, damaged or made of several gzip parts: its end announces {expected} bytes of text, "
                + $"{_textBytes} came up to line {LineNumber}");
    }
}
