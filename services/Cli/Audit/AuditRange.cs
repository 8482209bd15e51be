using System.CommandLine;
using System.Globalization;
using Npgsql;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>A stretch of the journal, from one event to another, both included.</summary>
/// <param name="First">Sequence number of the first event.</param>
/// <param name="Last">Sequence number of the last event.</param>
/// <param name="Whole">Whether nothing was asked to be left out at the end.</param>
public readonly record struct AuditRange(long First, long Last, bool Whole)
{
    /// <summary>The switch for the first event.</summary>
    public static Option<string> FromOption() => new("--from") { Description = "first event: a sequence number, or a time (UTC)", HelpName = "event" };

    /// <summary>The switch for the last event.</summary>
    public static Option<string> ToOption() => new("--to") { Description = "last event: a sequence number, or a time (UTC)", HelpName = "event" };

    /// <summary>The stretch that the two switches name, of what the journal holds now.</summary>
    public static async Task<AuditRange> ReadAsync(AuditRun run, string? from, string? to)
    {
        var newest = await JournalReader.LastSequenceAsync(run.Database, run.Cancellation);
        return new(from is null ? 1 : await FirstAsync(run, from), to is null ? newest : Math.Min(newest, await LastAsync(run, to)), to is null);
    }

    /// <summary>The first event that --from names.</summary>
    public static Task<long> FirstAsync(AuditRun run, string from) =>
        SequenceAsync(run, "--from", from, "select coalesce(min(seq_id), 9223372036854775807) from mt_events where timestamp >= $1");

    /// <summary>The last event that --to names.</summary>
    public static Task<long> LastAsync(AuditRun run, string to) => SequenceAsync(run, "--to", to, "select coalesce(max(seq_id), 0) from mt_events where timestamp <= $1");

    /// <summary>A time as people write it; UTC where no offset is given.</summary>
    /// <exception cref="AuditException">It is no time.</exception>
    public static DateTimeOffset Time(string name, string given) =>
        DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new AuditException($"{name} must be a date or time like 2024-03-01 or 2024-03-01T12:00Z, was {given}");

    private static async Task<long> SequenceAsync(AuditRun run, string name, string given, string sql)
    {
        if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
            return sequence;
        await using var command = run.Database.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = Time(name, given).UtcDateTime });
        return (long)(await command.ExecuteScalarAsync(run.Cancellation))!;
    }
}
