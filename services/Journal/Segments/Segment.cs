using Npgsql;
using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>A stretch of the journal in a compressed file that is verified with the sealer's public key alone.</summary>
public static class Segment
{
    internal const string Format = "trading-audit-segment/1";

    private static ReadOnlySpan<byte> Compressed => [0x1f, 0x8b];

    /// <summary>Whether a file is one, by its first bytes.</summary>
    public static bool Is(string file)
    {
        using var content = File.OpenRead(file);
        Span<byte> begin = stackalloc byte[2];
        return content.ReadAtLeast(begin, 2, throwOnEndOfStream: false) == 2 && begin.SequenceEqual(Compressed);
    }

    /// <summary>Writes one.</summary>
    /// <exception cref="SealException">An event of it is gone, or its checkpoints are not those of its events.</exception>
    public static Task WriteAsync(NpgsqlDataSource database, SegmentRange range, Stream output, IProgress<long>? progress,
        CancellationToken cancellation) => new SegmentWriter(database, range).WriteAsync(output, progress, cancellation);

    /// <summary>Verifies one from its file alone.</summary>
    public static async Task<BundleVerification> VerifyAsync(
        string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation) =>
        (await new SegmentReader(file, keys).ReadAsync(null, null, cancellation)).Verified;
}
