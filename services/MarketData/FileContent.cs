using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Trading.MarketData;

/// <summary>What a file is, by its first bytes.</summary>
internal enum ContentKind
{
    Text,
    Json,
    Feather,
    Parquet,
}

/// <summary>The content of a file, whatever it is packed in: gzip and zip are recognised by their content, not by a name.</summary>
internal static class FileContent
{
    private const int LargestBytes = 0x7fff_ffc7;

    /// <summary>The unpacked parts of a file: one, or the entries of an archive in the order of their names.</summary>
    /// <exception cref="CandleFileException">It cannot be read, is damaged, or is too large.</exception>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Parts(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var begin = new byte[4];
            var count = file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
            file.Position = 0;
            if (count >= 4 && begin is [(byte)'P', (byte)'K', 3, 4, ..])
                return Entries(path, file);
            if (count >= 2 && begin is [0x1f, 0x8b, ..])
            {
                var end = new byte[sizeof(uint)];
                file.Seek(-Math.Min(end.Length, file.Length), SeekOrigin.End);
                file.ReadExactly(end);
                file.Position = 0;
                using var gzip = new GZipStream(file, CompressionMode.Decompress);
                var text = Read(path, gzip, About(BinaryPrimitives.ReadUInt32LittleEndian(end), file.Length));
                // A stream that was cut off just ends; what its end says of its length tells.
                return BinaryPrimitives.ReadUInt32LittleEndian(end) == (uint)text.Length ? [(path, text)]
                    : throw new CandleFileException($"{path} is cut off, damaged or made of several gzip parts");
            }
            return [(path, Read(path, file, file.Length))];
        }
        catch (InvalidDataException damaged)
        {
            throw new CandleFileException($"{path} is damaged or cut off: {damaged.Message}", damaged);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CandleFileException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>What bytes are.</summary>
    public static ContentKind Kind(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("ARROW1"u8))
            return ContentKind.Feather;
        if (bytes.StartsWith("PAR1"u8))
            return ContentKind.Parquet;
        foreach (var b in bytes)
        {
            if (b is (byte)'[' or (byte)'{')
                return ContentKind.Json;
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xef or 0xbb or 0xbf))
                break;
        }
        return ContentKind.Text;
    }

    /// <summary>Text as UTF-8 without a byte order mark.</summary>
    public static byte[] Utf8(byte[] bytes)
    {
        if (bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble))
            return bytes[Encoding.UTF8.Preamble.Length..];
        if (bytes is [0xff, 0xfe, ..])
            return Encoding.Convert(Encoding.Unicode, Encoding.UTF8, bytes[2..]);
        return bytes is [0xfe, 0xff, ..] ? Encoding.Convert(Encoding.BigEndianUnicode, Encoding.UTF8, bytes[2..]) : bytes;
    }

    private static List<(string Name, byte[] Bytes)> Entries(string path, FileStream file)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read);
        var parts = new List<(string, byte[])>();
        // Archives of a Mac hold a second entry of each name that is no data.
        foreach (var entry in archive.Entries
            .Where(entry => entry.Length > 0 && !entry.FullName.StartsWith("__MACOSX", StringComparison.Ordinal))
            .OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            using var stream = entry.Open();
            parts.Add(($"{path}:{entry.FullName}", Read(path, stream, About(entry.Length, entry.CompressedLength))));
        }
        return parts.Count > 0 ? parts : throw new CandleFileException($"{path} is an archive without a file");
    }

    // What a packed file says of its length may be wrong; text is packed to a fifth or so.
    private static long About(long said, long packed) => Math.Min(said, packed * 20);

    private static byte[] Read(string path, Stream stream, long about = 0)
    {
        using var bytes = new MemoryStream(about is > 0 and < LargestBytes ? (int)about : 0);
        var block = new byte[1 << 16];
        while (stream.Read(block) is > 0 and var count)
        {
            if (bytes.Length + count > LargestBytes)
                throw new CandleFileException($"{path} holds more than 2 GB of text: cut it into files, or use the house format");
            bytes.Write(block, 0, count);
        }
        // Large files need not be copied once more.
        return bytes.Length == bytes.Capacity ? bytes.GetBuffer() : bytes.ToArray();
    }
}
