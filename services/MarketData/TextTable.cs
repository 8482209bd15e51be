using System.Runtime.CompilerServices;
using System.Text;

namespace Trading.MarketData;

/// <summary>Lines of text with fields between delimiters, read in place.</summary>
internal sealed class TextTable
{
    private const int SampledLines = 40;
    private const int MostFields = 64;

    private readonly byte[] _text;
    private readonly byte _delimiter;
    private readonly Range[] _fields = new Range[MostFields];
    private readonly int _end;
    private int _at;

    private TextTable(string name, byte[] text, int end, byte delimiter, int fields) =>
        (Name, _text, _end, _delimiter, FieldCount) = (name, text, end, delimiter, fields);

    /// <summary>Where it comes from.</summary>
    public string Name { get; }

    /// <summary>Fields of a row.</summary>
    public int FieldCount { get; }

    /// <summary>The delimiter, for people.</summary>
    public string Delimiter => _delimiter == (byte)'\t' ? "tab" : ((char)_delimiter).ToString();

    /// <summary>Names of the columns; null where the first row holds values.</summary>
    public string[]? Header { get; private set; }

    /// <summary>Rows from the begin, the middle and the end, to find out what the columns are.</summary>
    public List<string[]> Sample { get; private init; } = [];

    /// <summary>Lines before the header or the first row that are no part of the table.</summary>
    public int Preamble { get; private set; }

    /// <summary>Number of the line that was given last.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Bytes that are left to read.</summary>
    public int Length => _end - _at;

    /// <summary>The rows that are left in parts, each to be read by itself, and how many lines each has.</summary>
    public (TextTable Table, int Lines)[] Parts(int count)
    {
        var parts = new (TextTable Table, int Lines)[count];
        var line = LineNumber;
        for (var part = 0; part < count; part++)
        {
            var (begin, end) = (BeginOf(part, count), BeginOf(part + 1, count));
            var table = new TextTable(Name, _text, end, _delimiter, FieldCount)
            {
                _at = begin, Header = Header, Sample = Sample, LineNumber = line,
            };
            // The last line need not end.
            var ends = _text.AsSpan(begin..end).Count((byte)'\n');
            line += ends;
            parts[part] = (table, ends + 1);
        }
        return parts;
    }

    // A part begins with a line.
    private int BeginOf(int part, int of)
    {
        if (part == 0)
            return _at;
        var about = _at + (int)((long)Length * part / of);
        return _text.AsSpan((about - 1).._end).IndexOf((byte)'\n') is >= 0 and var rest ? about + rest : _end;
    }

    /// <summary>Takes text apart.</summary>
    /// <exception cref="CandleFileException">It is no table.</exception>
    public static TextTable Open(string name, byte[] text)
    {
        if (text.Length == 0)
            throw new CandleFileException($"{name} is empty");
        if (text.AsSpan(0, Math.Min(text.Length, 4096)).Contains((byte)0))
            throw new CandleFileException($"{name} is no text, and of no kind that is known: {Shown(text)}");
        var lines = FirstLines(text);
        var (delimiter, fields) = Best(lines);
        if (fields < 2)
            throw Unclear(name, lines, "its lines are not cut into fields by a comma, a semicolon, a tab, a bar or a space");
        var table = new TextTable(name, text, text.Length, delimiter, fields);
        table.FindBegin(lines);
        return table;
    }

    /// <summary>The error of a file that does not say what it is: its first rows, and what would say it.</summary>
    public static CandleFileException Unclear(string name, IEnumerable<string> rows, string why) => new(
        $"{name} is not clear: {why}. It begins with\n{string.Join('\n', rows.Take(4).Select(row => "  " + Cut(row)))}\n"
        + "Say what it is with --format candles|trades, --columns time=0,open=1,high=2,low=3,close=4,volume=5 and --time-unit");

    /// <summary>The same error of this table.</summary>
    public CandleFileException Unclear(string why)
    {
        var separator = ((char)_delimiter).ToString();
        var rows = Sample.Select(row => string.Join(separator, row));
        return Unclear(Name, Header is null ? rows : rows.Prepend(string.Join(separator, Header)), why);
    }

    /// <summary>Whether it has the header of the house's own candles.</summary>
    public bool IsHouse => Header is not null && string.Join(',', Header) == Trading.Core.CandleCsv.Header;

    /// <summary>The next row; its fields are read by <see cref="Field"/> until the next call.</summary>
    /// <returns>How many fields it has; -1 at the end.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Next()
    {
        while (_at < _end)
        {
            var begin = _at;
            var length = _text.AsSpan(begin.._end).IndexOf((byte)'\n');
            var end = length < 0 ? _end : begin + length;
            _at = end + 1;
            LineNumber++;
            if (end > begin && _text[end - 1] == (byte)'\r')
                end--;
            if (end > begin)
                return Split(begin, end);
        }
        return -1;
    }

    /// <summary>A field of the row, without quotes and spaces around it.</summary>
    public ReadOnlySpan<byte> Field(int place) => Trim(_text.AsSpan(_fields[place]));

    /// <summary>The row, for people.</summary>
    public string Row() => Cut(Encoding.UTF8.GetString(_text.AsSpan(_fields[0].Start.Value..Math.Min(_at, _text.Length))).TrimEnd());

    private int Split(int begin, int end)
    {
        var count = 0;
        var (at, quoted) = (begin, false);
        if (_text.AsSpan(begin, end - begin).Contains((byte)'"'))
        {
            for (var i = begin; i < end && count < MostFields - 1; i++)
            {
                if (_text[i] == (byte)'"')
                    quoted = !quoted;
                else if (_text[i] == _delimiter && !quoted)
                    (_fields[count++], at) = (at..i, i + 1);
            }
        }
        else
        {
            while (count < MostFields - 1)
            {
                var length = _text.AsSpan(at, end - at).IndexOf(_delimiter);
                if (length < 0)
                    break;
                _fields[count++] = at..(at + length);
                at += length + 1;
            }
        }
        _fields[count++] = at..end;
        return count;
    }

    // The header is the first line with as many fields as the rows have, and without a number in it; what is before it is advertising.
    private void FindBegin(List<string> lines)
    {
        var place = 0;
        while (place < lines.Count && Split(lines[place], _delimiter).Length != FieldCount)
            place++;
        Preamble = place;
        var first = Split(lines[place], _delimiter);
        var skip = place;
        if (!first.Any(IsValue))
        {
            Header = first;
            skip++;
        }
        // Places in the sample are of lines that are not empty; so are those that are left out.
        for (var i = 0; i < skip; i++)
            _ = Next();
        var (begin, line) = (_at, LineNumber);
        Take(SampledLines);
        foreach (var share in (double[])[0.25, 0.5, 0.75, 1])
        {
            var from = Math.Max(begin, (int)(share * (_text.Length - 1)) - (share == 1 ? 4096 : 0));
            if (from <= _at)
                continue;
            _at = _text.AsSpan(from).IndexOf((byte)'\n') is >= 0 and var rest ? from + rest + 1 : _text.Length;
            Take(SampledLines / 4);
        }
        (_at, LineNumber) = (begin, line);
    }

    private void Take(int rows)
    {
        while (rows-- > 0 && Next() is > 0 and var count)
        {
            if (count != FieldCount)
                continue;
            var row = new string[FieldCount];
            for (var i = 0; i < FieldCount; i++)
                row[i] = Encoding.UTF8.GetString(Field(i));
            Sample.Add(row);
        }
    }

    private static bool IsValue(string field) =>
        field.Length > 0 && (char.IsAsciiDigit(field[0]) || (field[0] is '-' or '.' && field.Length > 1 && char.IsAsciiDigit(field[1])));

    private static List<string> FirstLines(byte[] text)
    {
        var lines = new List<string>();
        for (var at = 0; at < text.Length && lines.Count < SampledLines;)
        {
            var length = text.AsSpan(at).IndexOf((byte)'\n');
            length = length < 0 ? text.Length - at : length;
            var line = Encoding.UTF8.GetString(text, at, Math.Min(length, 4096)).TrimEnd('\r');
            if (line.Trim().Length > 0)
                lines.Add(line);
            at += length + 1;
        }
        return lines;
    }

    // The delimiter by which most lines have the same number of fields, and of these the one with most fields.
    private static (byte Delimiter, int Fields) Best(List<string> lines)
    {
        var (best, fields, score) = ((byte)',', 1, 0);
        foreach (var delimiter in ",;\t| "u8)
        {
            var usual = lines.Select(line => Split(line, delimiter).Length).Where(count => count > 1).GroupBy(count => count)
                .OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key).FirstOrDefault();
            // A space also stands within dates: it only cuts fields where nothing else does.
            if (usual is not null && usual.Count() > score && (delimiter != (byte)' ' || score == 0))
                (best, fields, score) = (delimiter, usual.Key, usual.Count());
        }
        return (best, fields);
    }

    private static string[] Split(string line, byte delimiter)
    {
        var fields = new List<string>();
        var (field, quoted) = (new StringBuilder(), false);
        foreach (var c in line)
        {
            if (c == '"')
                quoted = !quoted;
            else if (c == (char)delimiter && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
                field.Append(c);
        }
        fields.Add(field.ToString().Trim());
        return [.. fields];
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field)
    {
        while (field is [(byte)' ' or (byte)'"' or (byte)'\t', ..])
            field = field[1..];
        while (field is [.., (byte)' ' or (byte)'"' or (byte)'\t'])
            field = field[..^1];
        return field;
    }

    private static string Shown(byte[] text) => string.Join(' ', text.Take(8).Select(b => b.ToString("x2", null)));

    private static string Cut(string row) => row.Length <= 120 ? row : row[..120] + "...";
}
