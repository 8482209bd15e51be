using System.Globalization;

namespace Trading.Journal.Schema;

/// <summary>What a journal's database has of what this version needs.</summary>
/// <param name="Version">Version of the event store's tables; 0 when they are missing or were made before versions were noted.</param>
/// <param name="Missing">Tables that are not there.</param>
/// <param name="Forbidden">Rights that the role lacks, as "insert on audit.leaves".</param>
public sealed record SchemaState(int Version, IReadOnlyList<string> Missing, IReadOnlyList<string> Forbidden)
{
    /// <summary>Whether nothing is missing. What a newer version made is enough: it only adds.</summary>
    public bool IsComplete => Version >= JournalSchema.Version && Missing.Count == 0;

    /// <summary>Everything that is missing, for people; empty when nothing is.</summary>
    public IReadOnlyList<string> Lacks() =>
        [.. Missing, .. Version < JournalSchema.Version
            ? [string.Create(CultureInfo.InvariantCulture, $"schema version {JournalSchema.Version} (it has {Version})")]
            : Array.Empty<string>()];
}

/// <summary>
/// The journal's database lacks something that this program may not create. The message is one line and names the command that creates it.
/// </summary>
public sealed class JournalSchemaException(string message) : Exception(message);
