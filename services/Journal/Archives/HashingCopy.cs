using System.Security.Cryptography;

namespace Trading.Journal.Archives;

/// <summary>Copies bytes from one stream to another and hashes them on the way.</summary>
internal static class HashingCopy
{
    private const int Block = 1 << 17;

    /// <summary>Copies to the end.</summary>
    /// <param name="from">What is read.</param>
    /// <param name="to">What is written; null only to hash.</param>
    /// <param name="progress">Hears how many bytes each step copied.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>SHA-256 of all bytes, hexadecimal.</returns>
    public static async Task<string> RunAsync(Stream from, Stream? to, Action<int> progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[Block];
        while (await from.ReadAsync(block, cancellation) is > 0 and var count)
        {
            hash.AppendData(block, 0, count);
            if (to is not null)
                await to.WriteAsync(block.AsMemory(0, count), cancellation);
            progress(count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
