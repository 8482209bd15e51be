using System.Buffers.Binary;
using System.IO.Compression;
using Trading.Dashboard.Reading;

namespace Trading.Dashboard.Chat;

/// <summary>
/// The equity curve as a PNG: two lines, no text. Drawn here, because libraries that draw need native ones that the image of the services
/// does not have.
/// </summary>
public static class EquityPicture
{
    private const int Margin = 20, Channels = 3;
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly byte[] Ground = [255, 255, 255], Line = [15, 93, 148], Held = [150, 160, 170], Start = [213, 220, 227];

    /// <summary>Draws the equity (blue), buying and holding (grey) and where both began.</summary>
    /// <param name="points">At least two, oldest first.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static byte[] Draw(IReadOnlyList<EquityPoint> points, int width, int height)
    {
        var pixels = new byte[width * height * Channels];
        for (var at = 0; at < pixels.Length; at++)
            pixels[at] = Ground[at % Channels];
        var values = points.SelectMany(point => new[] { point.EquityUsd, point.HeldUsd }).ToList();
        var (least, most) = ((double)values.Min(), (double)values.Max());
        var (begin, end) = (points[0].At, points[^1].At);
        (double X, double Y) Place(long time, decimal value) => (
            Margin + (width - 2 * Margin) * (double)(time - begin) / Math.Max(1, end - begin),
            height - Margin - (height - 2 * Margin) * ((double)value - least) / Math.Max(1e-9, most - least));
        void Curve(Func<EquityPoint, decimal> of, byte[] colour, int thick)
        {
            for (var at = 1; at < points.Count; at++)
                Stroke(Place(points[at - 1].At, of(points[at - 1])), Place(points[at].At, of(points[at])), colour, thick);
        }
        void Stroke((double X, double Y) from, (double X, double Y) to, byte[] colour, int thick)
        {
            var steps = (int)Math.Ceiling(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y))) + 1;
            for (var step = 0; step <= steps; step++)
            {
                var (x, y) = ((int)(from.X + (to.X - from.X) * step / steps), (int)(from.Y + (to.Y - from.Y) * step / steps));
                for (var dx = 0; dx < thick; dx++)
                {
                    for (var dy = 0; dy < thick; dy++)
                        colour.CopyTo(pixels, (Math.Clamp(y + dy, 0, height - 1) * width + Math.Clamp(x + dx, 0, width - 1)) * Channels);
                }
            }
        }
        var start = points[0].EquityUsd;
        Stroke(Place(begin, start), Place(end, start), Start, 1);
        Curve(point => point.HeldUsd, Held, 2);
        Curve(point => point.EquityUsd, Line, 3);
        return Encode(pixels, width, height);
    }

    // PNG, version 1.2: a header, one zlib stream of rows that each begin with filter 0, and an end.
    private static byte[] Encode(byte[] pixels, int width, int height)
    {
        using var rows = new MemoryStream();
        using (var deflate = new ZLibStream(rows, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                deflate.WriteByte(0);
                deflate.Write(pixels, row * width * Channels, width * Channels);
            }
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        // 8 bits of red, green and blue.
        (header[8], header[9]) = (8, 2);
        return [.. Signature, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, rows.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> name, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        name.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    // CRC-32 as PNG has it: reflected, polynomial 0xEDB88320.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
