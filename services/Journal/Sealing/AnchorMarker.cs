namespace Trading.Journal.Sealing;

/// <summary>
/// What an anchor is known by: made once, when it is set up for a journal. A place without it is another place, for example a disk that is
/// not mounted, and never one that keeps nothing yet.
/// </summary>
/// <param name="Database">Name of the journal without its hash.</param>
/// <param name="Journal">The journal's identity; null for one of earlier versions, which has none.</param>
public sealed record AnchorMarker(string Database, string? Journal)
{
    private const string Format = "trading-anchor/1", Identity = "journal ";

    /// <summary>The marker for a journal.</summary>
    public static AnchorMarker Of(string origin, string? journal) => new(AnchorPath.Beginning(origin).TrimEnd('-'), journal);

    /// <summary>Its text.</summary>
    public string Text() => $"{Format}\n{Database}\n" + (Journal is null ? "" : $"{Identity}{Journal}\n");

    /// <summary>Reads it.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="AnchorException">It is none.</exception>
    public static AnchorMarker Parse(string place, string text)
    {
        var lines = text.Split('\n');
        var journal = lines is [_, _, var line, ""] && line.StartsWith(Identity, StringComparison.Ordinal)
            && JournalIdentity.IsValid(line[Identity.Length..]) ? line[Identity.Length..] : null;
        return lines is [Format, var database, .., ""] && new AnchorMarker(database, journal) is var read && read.Text() == text
            ? read : throw new AnchorException($"{place} is no marker of an anchor");
    }

    /// <summary>What is wrong when this marker stands where the checkpoints of a journal are kept; null when nothing is.</summary>
    public string? Fault(string anchor, string? journal) => Journal is null || journal is null || Journal == journal ? null
        : $"{anchor} was set up for the journal {Journal}, and this one is {journal}";
}
