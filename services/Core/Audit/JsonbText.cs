using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Trading.Core;

/// <summary>
/// JSON as PostgreSQL writes a value of the type jsonb: keys by length and then by bytes, a space behind colons and commas, numbers without
/// exponents. What a program hashes before it writes is then what anybody reads from the database.
/// </summary>
public static class JsonbText
{
    /// <summary>The text of JSON in UTF-8.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static byte[] Of(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var writer = new Writer(json.Length + (json.Length / 4) + 16);
        reader.Read();
        writer.Value(ref reader);
        reader.Read();
        return writer.Text.ToArray();
    }

    // A member of an object: the place of its name in the list of names, and of the whole member in the text. The length and the first
    // bytes of the name are enough to order nearly all members.
    private readonly record struct Member(ulong LengthAndBegin, int NameAt, int NameLength, int At, int Length);

    // Writes the members of an object as they come, and puts them in order when the object ends.
    private sealed class Writer(int capacity) : IComparer<Member>
    {
        private readonly List<Member> _members = new(32);
        private byte[] _text = new byte[capacity];
        private byte[] _names = new byte[512];
        private byte[] _unsorted = [];
        private int _length, _namesLength;

        public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

        public void Value(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    Object(ref reader);
                    break;
                case JsonTokenType.StartArray:
                    Add("["u8);
                    for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
                    {
                        if (!first)
                            Add(", "u8);
                        Value(ref reader);
                    }
                    Add("]"u8);
                    break;
                case JsonTokenType.String:
                    String(ref reader);
                    break;
                case JsonTokenType.Number when reader.ValueSpan[0] == '-' || reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') >= 0:
                    Add(Encoding.ASCII.GetBytes(Number(Encoding.ASCII.GetString(reader.ValueSpan))));
                    break;
                default:
                    Add(reader.ValueSpan);
                    break;
            }
        }

        // By length and then by bytes; of two of one name the later one comes last.
        public int Compare(Member one, Member other)
        {
            var order = one.LengthAndBegin.CompareTo(other.LengthAndBegin);
            if (order == 0)
                order = one.NameLength.CompareTo(other.NameLength);
            if (order == 0)
                order = NameOf(one).SequenceCompareTo(NameOf(other));
            return order != 0 ? order : one.At.CompareTo(other.At);
        }

        private ReadOnlySpan<byte> NameOf(Member member) => _names.AsSpan(member.NameAt, member.NameLength);

        private void Object(ref Utf8JsonReader reader)
        {
            var (begin, first, isSorted) = (_length, _members.Count, true);
            Add("{"u8);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                if (_members.Count > first)
                    Add(", "u8);
                var (at, nameAt) = (_length, _namesLength);
                var lengthAndBegin = Name(ref reader);
                var nameLength = _namesLength - nameAt;
                String(ref reader);
                Add(": "u8);
                reader.Read();
                Value(ref reader);
                var member = new Member(lengthAndBegin, nameAt, nameLength, at, _length - at);
                isSorted &= _members.Count == first || (Compare(_members[^1], member) < 0 && !HaveOneName(_members[^1], member));
                _members.Add(member);
            }
            if (!isSorted)
                Sort(begin, first);
            _members.RemoveRange(first, _members.Count - first);
            Add("}"u8);
        }

        private void Sort(int begin, int first)
        {
            _members.Sort(first, _members.Count - first, this);
            if (_unsorted.Length < _length)
                _unsorted = new byte[_text.Length];
            Text[begin..].CopyTo(_unsorted.AsSpan(begin));
            _length = begin;
            Add("{"u8);
            for (var i = first; i < _members.Count; i++)
            {
                // Of two members of one name PostgreSQL keeps the last.
                if (i + 1 < _members.Count && HaveOneName(_members[i], _members[i + 1]))
                    continue;
                if (_length > begin + 1)
                    Add(", "u8);
                Add(_unsorted.AsSpan(_members[i].At, _members[i].Length));
            }
        }

        private bool HaveOneName(Member one, Member other) =>
            one.LengthAndBegin == other.LengthAndBegin && NameOf(one).SequenceEqual(NameOf(other));

        private void String(ref Utf8JsonReader reader)
        {
            Add("\""u8);
            if (!reader.ValueIsEscaped)
            {
                if (!Utf8.IsValid(reader.ValueSpan))
                    throw new JsonException("A text is not UTF-8.");
                Add(reader.ValueSpan);
            }
            else
            {
                foreach (var letter in reader.GetString()!.EnumerateRunes())
                {
                    Add(Encoding.UTF8.GetBytes(letter.Value switch
                    {
                        '"' => "\\\"",
                        '\\' => "\\\\",
                        '\b' => "\\b",
                        '\f' => "\\f",
                        '\n' => "\\n",
                        '\r' => "\\r",
                        '\t' => "\\t",
                        < ' ' => $"\\u{letter.Value:x4}",
                        _ => letter.ToString(),
                    }));
                }
            }
            Add("\""u8);
        }

        // Keeps a name without its escapes; returns its length, at most 255, before its first seven bytes.
        private ulong Name(ref Utf8JsonReader reader)
        {
            Room(ref _names, _namesLength, Math.Max(reader.ValueSpan.Length, sizeof(ulong)));
            var name = _names.AsSpan(_namesLength);
            name[..sizeof(ulong)].Clear();
            var length = reader.ValueSpan.Length;
            if (reader.ValueIsEscaped)
                length = reader.CopyString(name);
            else
                reader.ValueSpan.CopyTo(name);
            _namesLength += length;
            return ((ulong)Math.Min(length, byte.MaxValue) << 56) | (BinaryPrimitives.ReadUInt64BigEndian(name) >> 8);
        }

        private void Add(ReadOnlySpan<byte> bytes)
        {
            Room(ref _text, _length, bytes.Length);
            bytes.CopyTo(_text.AsSpan(_length));
            _length += bytes.Length;
        }

        private static void Room(ref byte[] array, int length, int more)
        {
            if (length + more > array.Length)
                Array.Resize(ref array, Math.Max(array.Length * 2, length + more));
        }
    }

    // PostgreSQL's numeric keeps the digits behind the point that were written, and has neither an exponent nor a negative zero.
    private static string Number(string raw)
    {
        var exponentAt = raw.AsSpan().IndexOfAny('e', 'E');
        var exponent = exponentAt < 0 ? 0 : int.Parse(raw.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture);
        var mantissa = exponentAt < 0 ? raw : raw[..exponentAt];
        var negative = mantissa[0] == '-';
        if (negative)
            mantissa = mantissa[1..];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var (digits, scale) = point < 0 ? (mantissa, 0) : (mantissa.Remove(point, 1), mantissa.Length - point - 1);
        scale -= exponent;
        if (scale < 0)
            (digits, scale) = (digits + new string('0', -scale), 0);
        digits = digits.PadLeft(scale + 1, '0');
        var whole = digits[..^scale].TrimStart('0');
        var text = (whole.Length == 0 ? "0" : whole) + (scale == 0 ? "" : "." + digits[^scale..]);
        return negative && text.AsSpan().IndexOfAnyInRange('1', '9') >= 0 ? "-" + text : text;
    }
}
