using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Trading.Core;

/// <summary>
/// A stretch of the journal was written to a file, and what it holds of decisions without an order is removed from the database; stream
/// <see cref="AuditLeaf.SegmentStream"/>. Recorded before it is done. Leaves and checkpoints stay; the file can be read back.
/// </summary>
/// <param name="Period">What it is the stretch of: a month (2026-10) or a day (2026-10-31).</param>
/// <param name="FirstNumber">Audit number of its first event.</param>
/// <param name="Events">How many events it has.</param>
/// <param name="AfterSequence">The last sequence number before it.</param>
/// <param name="LastSequence">The sequence number of its last event.</param>
/// <param name="FileSha256">SHA-256 of the file in small hexadecimal digits.</param>
/// <param name="FileBytes">Bytes of the file.</param>
/// <param name="Removed">How many of its events are removed.</param>
/// <param name="RemovedSha256">Which: the digest that <see cref="Removals"/> makes of them, in small hexadecimal digits.</param>
/// <param name="By">Who did it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record SegmentArchived(string Period, long FirstNumber, long Events, long AfterSequence, long LastSequence, string FileSha256,
    long FileBytes, long Removed, string RemovedSha256, string By, string Reason, DateTimeOffset At) : IAuditEvent
{
    /// <summary>Whether an event's audit number lies in it.</summary>
    public bool Holds(long number) => number >= FirstNumber && number < FirstNumber + Events;

    /// <summary>Whether another one has events of this one.</summary>
    public bool Overlaps(SegmentArchived other) => Holds(other.FirstNumber) || other.Holds(FirstNumber);
}

/// <summary>
/// The digest of events whose bodies are removed: SHA-256 over a line for each, by audit number: the number, a space, its stream, a space,
/// its version, a line feed.
/// </summary>
public sealed class Removals : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds the next one.</summary>
    public void Add(long number, string stream, long version)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number} {stream} {version}\n")));
        Count++;
    }

    /// <summary>The digest of all of them, in small hexadecimal digits.</summary>
    public string Digest() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
