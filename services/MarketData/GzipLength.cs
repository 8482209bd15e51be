using System.Buffers.Binary;

namespace Trading.MarketData;

/// <summary>How long the text of a gzip file is.</summary>
internal static class GzipLength
{
    /// <summary>What the end of a gzip file says about the length of its text, modulo 2^32; null when it is no gzip file.</summary>
    public static uint? Of(FileStream file)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        var gzip = file.ReadAtLeast(word, word.Length, throwOnEndOfStream: false) >= 2 && word is [0x1f, 0x8b, ..];
        if (gzip)
        {
            file.Seek(-Math.Min(word.Length, file.Length), SeekOrigin.End);
            file.ReadAtLeast(word, word.Length, throwOnEndOfStream: false);
        }

        file.Position = 0;
        return gzip ? BinaryPrimitives.ReadUInt32LittleEndian(word) : null;
    }
}
