using System.Globalization;
using System.Text;

namespace Trading.Hosting;

/// <summary>The line of progress at the bottom of a terminal. Lines that are written meanwhile go above it.</summary>
internal static class StatusLine
{
    private static TextWriter? _terminal;
    private static string _wanted = "";
    private static bool _visible, _inLine;

    // The lock that .NET itself holds while it writes to the console or asks for its width. With a lock of our own beside it, a line and
    // the progress could each hold one and wait for the other.
    private static object Gate => Console.Out;

    /// <summary>A bar with percent, words and the time that is left, at most as long as the width.</summary>
    public static string Bar(double? done, string text, TimeSpan elapsed, int width)
    {
        var parts = new StringBuilder();
        if (done is { } part)
        {
            part = Math.Clamp(part, 0, 1);
            var left = part is > 0 and < 1 ? $"  {Span(elapsed * ((1 - part) / part))} left" : "";
            // The bar takes what the words leave.
            var bar = Math.Clamp(width - text.Length - left.Length - 10, 0, 30);
            var full = (int)(part * bar);
            if (bar >= 5)
                parts.Append(CultureInfo.InvariantCulture, $"[{new string('=', full)}{new string(' ', bar - full)}] ");
            parts.Append(CultureInfo.InvariantCulture, $"{part * 100:0} %  {text}{left}");
        }
        else
            parts.Append(text);
        return parts.Length <= width ? parts.ToString() : parts.ToString(0, width);
    }

    /// <summary>Shows a line in place of the one that is there.</summary>
    public static void Show(string line)
    {
        lock (Gate)
        {
            _wanted = line;
            if (!_inLine)
                Try(Draw);
        }
    }

    /// <summary>Takes the line away.</summary>
    public static void Clear() => Show("");

    /// <summary>Writes above the line. A part of a line stays alone until its end comes.</summary>
    internal static void Write(TextWriter to, Action<TextWriter> write, bool endsLine)
    {
        lock (Gate)
        {
            Try(() =>
            {
                Erase();
                write(to);
                _inLine = !endsLine;
                if (endsLine && _wanted.Length > 0)
                {
                    to.Flush();
                    Draw();
                }
            });
        }
    }

    internal static void Flush(TextWriter to)
    {
        lock (Gate)
            Try(to.Flush);
    }

    /// <summary>The terminal that the line is on.</summary>
    internal static void On(TextWriter terminal) => _terminal = terminal;

    // A terminal that was closed has nobody who reads, and what runs has to end cleanly all the same.
    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            _wanted = "";
        }
    }

    private static void Draw()
    {
        Erase();
        if (_wanted.Length == 0)
            return;
        _terminal?.Write(_wanted);
        _terminal?.Flush();
        _visible = true;
    }

    // Back to the first column, and everything from there on away.
    private static void Erase()
    {
        if (_visible)
            _terminal?.Write("\r\u001b[K");
        if (_visible)
            _terminal?.Flush();
        _visible = false;
    }

    private static string Span(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
