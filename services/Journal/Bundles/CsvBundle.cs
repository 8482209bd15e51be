using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Core;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Bundles;

/// <summary>
/// Events as a table (RFC 4180), and with proofs a bundle like <see cref="Bundle"/>: the proof in a column of each row, the checkpoint in
/// the first row, and in the last row the hash of all bytes before it. An empty field is null, a quoted empty one is an empty text.
/// </summary>
public static class CsvBundle
{
    /// <summary>How a row ends.</summary>
    public const string LineEnd = "\r\n";

    private const string HashPrefix = "sha256:";

    /// <summary>The first row.</summary>
    public static string Header(bool withProofs) => string.Join(',', withProofs ? CsvRow.ProofColumns : CsvRow.Columns);

    /// <summary>The row of an event without a proof.</summary>
    /// <param name="line">The event's line of JSON.</param>
    public static string Row(string line) => CsvRow.Of(line, CsvRow.Columns, null);

    /// <summary>Whether a file is a table, and not a bundle in lines of JSON.</summary>
    public static bool Is(string file)
    {
        using var content = File.OpenRead(file);
        return content.ReadByte() == CsvRow.Columns[0][0];
    }

    /// <summary>Writes a bundle.</summary>
    /// <returns>Number of events.</returns>
    public static async Task<long> WriteAsync(NpgsqlDataSource database, BundleRange range, SignedCheckpoint checkpoint, MerkleProofs tree,
        Stream output, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var events = 0L;
        await RowAsync(Header(withProofs: true));
        await foreach (var line in Bundle.EventsAsync(database, range, tree, checkpoint.Checkpoint.Size, cancellation))
            await RowAsync(CsvRow.Of(line, CsvRow.ProofColumns, events++ == 0 ? checkpoint.Cosigned : null));
        await output.WriteAsync(Encoding.UTF8.GetBytes(Last(hash, events)), cancellation);
        return events;

        async ValueTask RowAsync(string row)
        {
            var bytes = Encoding.UTF8.GetBytes(row + LineEnd);
            hash.AppendData(bytes);
            await output.WriteAsync(bytes, cancellation);
        }
    }

    /// <summary>Verifies a bundle's file.</summary>
    public static async Task<BundleVerification> VerifyAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        await using var content = new BufferedStream(File.OpenRead(file), 1 << 16);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (events, checkpoint, number, order) = (0L, default(SignedCheckpoint), 0L, new BundleOrder());
        try
        {
            var row = CsvRow.Read(content);
            while (CsvRow.Read(content) is { } next)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(row!);
                number++;
                if (number == 1)
                {
                    if (Encoding.UTF8.GetString(row!) != Header(withProofs: true) + LineEnd)
                        return Wrong("it is no bundle with proofs: its first row is not the names of the columns");
                }
                else
                {
                    var fields = CsvRow.Fields(Encoding.UTF8.GetString(row!));
                    if (number == 2)
                    {
                        checkpoint = SignedCheckpoint.Parse(fields[^1] ?? throw new FormatException("there is no checkpoint"));
                        if (!checkpoint.SignedBy(keys))
                            return Wrong("its checkpoint is not signed by the given key");
                    }
                    else if (fields[^1] is not null)
                    {
                        return Wrong($"row {number}: a checkpoint stands in the first row only");
                    }
                    if ((Bundle.Check(CsvRow.Line(fields), checkpoint!.Checkpoint, out var proved) ?? order.Follow(proved)) is { } wrong)
                        return Wrong($"row {number}: {wrong}");
                    events++;
                }
                row = next;
            }
            return checkpoint is not null && row.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(Last(hash, events))) ? new(events,
                checkpoint.Checkpoint, order.End(), order.First, order.Last, order.Trade, checkpoint.Cosignatures)
                : Wrong("its last row is not the hash of those before it: something was changed, added or cut off");
        }
        catch (Exception unreadable) when (BundleLine.IsUnreadable(unreadable))
        {
            return Wrong($"row {number} cannot be read: {unreadable.Message.Split('\n')[0]}");
        }

        BundleVerification Wrong(string what) => new(events, checkpoint?.Checkpoint, what, order.First, order.Last);
    }

    // The hash is in the column of the number, the number of events in that of the sequence.
    private static string Last(IncrementalHash hash, long events) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{HashPrefix}{Convert.ToHexStringLower(hash.GetHashAndReset())},{events}"
            + $"{new string(',', CsvRow.ProofColumns.Length - 2)}{LineEnd}");

}
