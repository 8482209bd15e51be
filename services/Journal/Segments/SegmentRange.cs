using System.Globalization;
using Npgsql;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>A stretch of the journal between two of its checkpoints.</summary>
/// <param name="Period">The month or day whose checkpoints these are, as 2026-10 or 2026-10-31.</param>
/// <param name="AfterPosition">Number of the checkpoint that it follows; 0 at the begin of the journal.</param>
/// <param name="LastPosition">Number of the checkpoint that it ends with.</param>
/// <param name="FirstNumber">Audit number of its first event.</param>
/// <param name="Size">Events of the journal up to its end.</param>
/// <param name="AfterSequence">The last sequence number before it.</param>
/// <param name="LastSequence">The sequence number of its last event.</param>
/// <param name="Before">Note of the checkpoint that it follows; null at the begin of the journal.</param>
/// <param name="Frontier">The roots of the complete subtrees before it.</param>
public sealed record SegmentRange(string Period, long AfterPosition, long LastPosition, long FirstNumber, long Size, long AfterSequence,
    long LastSequence, string? Before, byte[] Frontier)
{
    /// <summary>Number of events.</summary>
    public long Events => Size - FirstNumber;

    private const string Row = "select position, size, last_seq_id, note, frontier from audit.checkpoints";

    private sealed record Stored(long Position, long Size, long LastSequence, string Note, byte[] Frontier)
    {
        public DateTimeOffset At => SignedCheckpoint.Parse(Note).Checkpoint.At;
    }

    /// <summary>The begin and the end of a month or a day (UTC); null when the text is neither.</summary>
    public static (DateTimeOffset From, DateTimeOffset To)? Times(string period) =>
        Parse(period, "yyyy-MM") is { } month ? (month, month.AddMonths(1))
        : Parse(period, "yyyy-MM-dd") is { } day ? (day, day.AddDays(1)) : null;

    /// <summary>The stretch that was sealed in a period; null when nothing was.</summary>
    /// <exception cref="SealException">A checkpoint cannot be read.</exception>
    public static async Task<SegmentRange?> FindAsync(NpgsqlDataSource database, string period, CancellationToken cancellation)
    {
        var (from, to) = Times(period) ?? throw new ArgumentException($"{period} is no month and no day.", nameof(period));
        try
        {
            var before = await LastBeforeAsync(database, from, cancellation);
            var last = await LastBeforeAsync(database, to, cancellation);
            return last is null || last.Size == (before?.Size ?? 0) ? null
                : new(period, before?.Position ?? 0, last.Position, before?.Size ?? 0, last.Size, before?.LastSequence ?? 0,
                    last.LastSequence, before?.Note, before?.Frontier ?? []);
        }
        catch (FormatException unreadable)
        {
            throw new SealException($"a checkpoint cannot be read: {unreadable.Message}");
        }
    }

    // By halves: the times of checkpoints rise with their numbers, of which some may be gone.
    private static async Task<Stored?> LastBeforeAsync(NpgsqlDataSource database, DateTimeOffset time, CancellationToken cancellation)
    {
        var (low, high) = (0L, (await OneAsync(database, $"{Row} order by position desc limit 1", cancellation))?.Position ?? 0);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (await OneAsync(database, $"{Row} where position <= $1 order by position desc limit 1", cancellation, middle) is { } at
                && at.At >= time)
                high = at.Position - 1;
            else
                low = middle;
        }
        return await OneAsync(database, $"{Row} where position <= $1 order by position desc limit 1", cancellation, low);
    }

    private static async Task<Stored?> OneAsync(
        NpgsqlDataSource database, string sql, CancellationToken cancellation, params object[] values) =>
        (await database.RowsAsync(sql, row => new Stored(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3),
            row.GetFieldValue<byte[]>(4)), cancellation, values)).FirstOrDefault();

    private static DateTimeOffset? Parse(string text, string format) => DateTimeOffset.TryParseExact(text, format,
        CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
