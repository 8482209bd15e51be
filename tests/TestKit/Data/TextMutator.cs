using System.Text;

namespace Trading.TestKit.Data;

/// <summary>
/// Makes malformed variants of a text of lines, or of an answer as it is on the wire: lines that are gone, doubled, exchanged or replaced,
/// bytes that are flipped, put in, repeated or cut off. The seed alone decides.
/// </summary>
internal sealed class TextMutator(int seed)
{
    private static readonly string[] Odd =
    [
        "", " ", "\r", "0", "-1", "99999999999999999999999", "9223372036854775807", "1e400", "\u0000", "\ud83d\ude00", "=", ":", "+",
        "AAAA",
        "Content-Length: -1", "Content-Length: 99999999", "Transfer-Encoding: chunked", "Retry-After: 99999999999", "HTTP/1.1 999 Odd",
        "HTTP/1.1 204 ", "HTTP/1.1 302 Found", "HTTP/1.1 429 Too Many", "Location: http://[", "Date: Sat, 01 Jan 2099 00:00:00 GMT",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next variant of a text.</summary>
    public byte[] Next(string text)
    {
        var lines = text.Split('\n').ToList();
        for (var times = _random.Next(4); times > 0; times--)
            Change(lines);
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        if (bytes.Length == 0)
            return bytes;
        var at = _random.Next(bytes.Length);
        switch (_random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2:
                var more = new byte[_random.Next(1, 20)];
                _random.NextBytes(more);
                return [.. bytes[..at], .. more, .. bytes[at..]];
            case 3:
                var again = bytes[at..Math.Min(at + 40, bytes.Length)];
                return [.. bytes[..at], .. Enumerable.Repeat(again, 50).SelectMany(part => part), .. bytes[at..]];
            default:
                return bytes;
        }
    }

    private void Change(List<string> lines)
    {
        var at = _random.Next(lines.Count);
        switch (_random.Next(5))
        {
            case 0 when lines.Count > 1:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(at, lines[at]);
                break;
            case 2:
                var other = _random.Next(lines.Count);
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case 3:
                lines[at] = Odd[_random.Next(Odd.Length)];
                break;
            default:
                lines.Insert(at, Odd[_random.Next(Odd.Length)]);
                break;
        }
    }
}
