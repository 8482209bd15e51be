using System.IO.Compression;
using System.Text;

namespace Trading.Integration.Tests.Audit;

/// <summary>The lines of a segment's file.</summary>
internal static class SegmentLines
{
    internal static async Task<List<string>> ReadAsync(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        return [.. (await reader.ReadToEndAsync()).Split('\n')[..^1]];
    }

    internal static async Task WriteAsync(string file, IEnumerable<string> lines)
    {
        await using (var compressed = new GZipStream(File.Create(file), CompressionLevel.Fastest))
            await compressed.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n"))));
    }
}
