using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.MarketData;

namespace Trading.Cli.Data;

/// <summary>What is downloaded into a file; another one must not go on in its part.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="IntervalSeconds">Seconds of a candle.</param>
/// <param name="FromUnixSeconds">First open time.</param>
public sealed record DownloadQuestion(string Exchange, string Symbol, int IntervalSeconds, long FromUnixSeconds);

/// <summary>
/// A file that grows while candles are downloaded, and that a later run goes on with: its name has .part until it is complete, and what it
/// holds stands in a file beside it.
/// </summary>
public sealed class DownloadFile : IDisposable
{
    private readonly FileInfo _file;
    private readonly string _part, _question;
    private readonly DownloadQuestion _asked;
    private readonly StreamWriter _rows;

    /// <summary>Begins a file, or goes on with one.</summary>
    /// <exception cref="CommandException">The file is there already, or its part holds something else.</exception>
    public DownloadFile(FileInfo file, DownloadQuestion asked)
    {
        if (file.Exists)
            throw new CommandException($"{file.FullName} is there already: name another file");
        (_file, _asked, _part, _question) = (file, asked, file.FullName + ".part", file.FullName + ".part.json");
        Next = asked.FromUnixSeconds;
        if (File.Exists(_part) && File.Exists(_question))
            GoOn();
        else
        {
            File.WriteAllText(_question, JsonSerializer.Serialize(asked));
            File.WriteAllText(_part, CandleCsv.Header + "\n");
        }
        _rows = new(new FileStream(_part, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { NewLine = "\n" };
    }

    /// <summary>The open time with which it goes on.</summary>
    public long Next { get; private set; }

    /// <summary>Adds candles and writes them to the disk.</summary>
    public async Task AddAsync(IEnumerable<StoredPrice> prices)
    {
        foreach (var candle in prices.Select(price => price.Candle))
        {
            await _rows.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{candle.OpenTimeUnixSeconds},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume}"));
        }
        await _rows.FlushAsync();
    }

    /// <summary>Makes the complete file of the part, in the form that its name says.</summary>
    /// <returns>How many candles it holds, and what is to be said of them.</returns>
    public (long Candles, IReadOnlyList<string> Notes) Complete()
    {
        _rows.Dispose();
        using var source = MarketFiles.Open([_part]);
        var candles = source.All().ToList();
        if (_file.Extension == ".parquet")
        {
            CandleParquet.Write(_part + ".made", candles);
            File.Move(_part + ".made", _file.FullName);
        }
        else if (_file.Extension == ".gz")
        {
            using (var from = File.OpenRead(_part))
            using (var to = new GZipStream(File.Create(_part + ".made"), CompressionLevel.Optimal))
                from.CopyTo(to);
            File.Move(_part + ".made", _file.FullName);
        }
        else
            File.Move(_part, _file.FullName);
        File.Delete(_part);
        File.Delete(_question);
        return (candles.Count, [.. source.Notes.Lines()]);
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private void GoOn()
    {
        var before = JsonSerializer.Deserialize<DownloadQuestion>(File.ReadAllText(_question));
        if (before != _asked)
            throw new CommandException($"{_part} is of another download ({before?.Symbol} of {before?.Exchange}, "
                + $"{DataNotes.Words(before?.IntervalSeconds ?? 0)}): delete it, or name another file");
        using var part = new FileStream(_part, FileMode.Open, FileAccess.ReadWrite);
        var bytes = new byte[Math.Min(part.Length, 4096)];
        part.Seek(-bytes.Length, SeekOrigin.End);
        part.ReadExactly(bytes);
        // A line that was cut off is written again.
        var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        part.SetLength(part.Length - bytes.Length + end);
        var line = bytes.AsSpan(0, Math.Max(0, end - 1));
        line = line[(line.LastIndexOf((byte)'\n') + 1)..];
        if (CandleCsv.Parse(line, out var last) == CandleFault.None)
            Next = last.OpenTimeUnixSeconds + _asked.IntervalSeconds;
    }
}
