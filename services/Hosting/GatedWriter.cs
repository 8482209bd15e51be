using System.Text;

namespace Trading.Hosting;

/// <summary>A writer of the terminal that leaves the line of progress whole.</summary>
internal sealed class GatedWriter : TextWriter
{
    private readonly TextWriter _inner;

    public GatedWriter(TextWriter inner)
    {
        _inner = inner;
        StatusLine.On(inner);
    }

    public override Encoding Encoding => _inner.Encoding;

    public override void Write(char value) => StatusLine.Write(_inner, to => to.Write(value), value == '\n');

    public override void Write(char[] buffer, int index, int count)
    {
        if (count > 0)
            StatusLine.Write(_inner, to => to.Write(buffer, index, count), buffer[index + count - 1] == '\n');
    }

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value)
    {
        if (value is { Length: > 0 })
            StatusLine.Write(_inner, to => to.Write(value[^1] == '\n' ? WholeWords.Fit(value, Width()) : value), value[^1] == '\n');
    }

    public override void WriteLine(string? value) =>
        StatusLine.Write(_inner, to => to.WriteLine(value is null ? value : WholeWords.Fit(value, Width())), endsLine: true);

    public override void WriteLine() => StatusLine.Write(_inner, to => to.WriteLine(), endsLine: true);

    public override void Flush() => StatusLine.Flush(_inner);

    /// <summary>Writes a text as it is, however wide the terminal is.</summary>
    public void WriteLineAsItIs(string text) => StatusLine.Write(_inner, to => to.WriteLine(text), endsLine: true);

    private static int Width()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
