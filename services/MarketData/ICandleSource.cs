using Trading.Core;

namespace Trading.MarketData;

/// <summary>Candles with strictly rising times, read once.</summary>
public interface ICandleSource : IDisposable
{
    /// <summary>Seconds of a candle.</summary>
    int IntervalSeconds { get; }

    /// <summary>How much of the work is done, 0 to 1, for a progress bar.</summary>
    double FractionRead { get; }

    /// <summary>How many rows have been refused so far.</summary>
    long RefusedCount { get; }

    /// <summary>The first refused rows with their reasons.</summary>
    IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>What was recognised, dropped and found missing so far.</summary>
    DataNotes Notes { get; }

    /// <summary>
    /// Beside each candle that has been read the part of its volume that takers bought; null where the data do not say it of all of them.
    /// </summary>
    IReadOnlyList<decimal>? Taker => null;

    /// <summary>Reads the next candles; 0 at the end.</summary>
    /// <exception cref="CandleFileException">A file is damaged, or there is no candle at all.</exception>
    int Read(Span<Candle> block);

    /// <summary>All candles that are left, one by one.</summary>
    IEnumerable<Candle> All()
    {
        var block = new Candle[Block];
        while (Read(block) is > 0 and var count)
        {
            for (var i = 0; i < count; i++)
                yield return block[i];
        }
    }

    private const int Block = 4096;
}

/// <summary>A row that was left out.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">Line in the uncompressed text; the header is line 1.</param>
/// <param name="Reason">One line for a person.</param>
public readonly record struct RefusedRow(string Path, long Line, string Reason)
{
    public override string ToString() => $"{Path}, line {Line}: {Reason}";
}

/// <summary>Rows are out of order in a way that only reading everything first can put right.</summary>
public sealed class CandleOrderException(string message) : Exception(message);

/// <summary>A candle file cannot be used at all. The message names the file, what was expected and what came, in one line.</summary>
public sealed class CandleFileException(string message, Exception? inner = null) : Exception(message, inner);
