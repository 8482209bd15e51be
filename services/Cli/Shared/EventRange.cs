using System.CommandLine;
using System.Globalization;
using Trading.Journal.Events;

namespace Trading.Cli.Shared;

/// <summary>A stretch of the journal, from one event to another, both included.</summary>
/// <param name="First">Sequence number of the first event.</param>
/// <param name="Last">Sequence number of the last event.</param>
/// <param name="Whole">Whether nothing was asked to be left out at the end.</param>
public readonly record struct EventRange(long First, long Last, bool Whole)
{
    /// <summary>The switch for the first event.</summary>
    public static Option<string> FromOption() =>
        new("--from") { Description = "first event: a sequence number, or a time (UTC)", HelpName = "event" };

    /// <summary>The switch for the last event.</summary>
    public static Option<string> ToOption() =>
        new("--to") { Description = "last event: a sequence number, or a time (UTC)", HelpName = "event" };

    /// <summary>The stretch that the two switches name, of what the journal holds now.</summary>
    public static async Task<EventRange> ReadAsync(JournalRun run, string? from, string? to)
    {
        var newest = await JournalReader.LastSequenceAsync(run.Database, run.Cancellation);
        return new(from is null ? 1 : await FirstAsync(run, from),
            to is null ? newest : Math.Min(newest, await LastAsync(run, to)), to is null);
    }

    /// <summary>The first event that --from names.</summary>
    public static async Task<long> FirstAsync(JournalRun run, string from) => Sequence(from)
        ?? await StreamReading.FirstSequenceAsync(run.Database, Time("--from", from), run.Cancellation);

    /// <summary>The last event that --to names.</summary>
    public static async Task<long> LastAsync(JournalRun run, string to) => Sequence(to)
        ?? await StreamReading.LastSequenceAsync(run.Database, Time("--to", to), run.Cancellation);

    /// <summary>A time as people write it; UTC where no offset is given.</summary>
    /// <exception cref="CommandException">It is no time.</exception>
    public static DateTimeOffset Time(string name, string given) =>
        DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new CommandException($"{name} must be a date or time like 2024-03-01 or 2024-03-01T12:00Z, was {given}");

    private static long? Sequence(string given) =>
        long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
}
