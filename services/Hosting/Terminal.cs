using Spectre.Console;

namespace Trading.Hosting;

/// <summary>
/// Standard output for people. On a terminal every writer of this process, the log included, goes through one gate, so that a line never
/// runs into the line of progress below it.
/// </summary>
public static class Terminal
{
    private const int PlainWidth = 160;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);
    private static readonly GatedWriter? Gated;

    static Terminal()
    {
        // Before anything keeps the writers that the console has now.
        if (!Console.IsOutputRedirected)
        {
            Gated = new(Console.Out);
            Console.SetOut(Gated);
            if (!Console.IsErrorRedirected)
                Console.SetError(new GatedWriter(Console.Error));
        }
        Output = Console.IsOutputRedirected ? Plain() : AnsiConsole.Console;
    }

    /// <summary>
    /// Colours and the window's width on a terminal; plain, unwrapped text in a file or a pipe.
    /// </summary>
    public static IAnsiConsole Output { get; }

    /// <summary>Makes this class take the console; called before a log is made.</summary>
    public static void Take() => _ = Output;

    /// <summary>Writes a text that is copied or read by a program, such as a script: no line of it is broken to fit the terminal.</summary>
    public static void WriteAsItIs(string text)
    {
        if (Gated is not null)
            Gated.WriteLineAsItIs(text);
        else
            Console.WriteLine(text);
    }

    /// <summary>Shows progress while something runs; nothing in a file or a pipe.</summary>
    /// <param name="work">What runs.</param>
    /// <param name="state">The part that is done, 0 to 1, null while it is not known; and what has been done, in words.</param>
    /// <param name="after">How long it runs before progress is worth looking at.</param>
    public static async Task ShowProgressAsync(Task work, Func<(double? Done, string Text)> state, TimeSpan after = default)
    {
        if (Output.Profile.Capabilities.Interactive && await Task.WhenAny(work, Task.Delay(after)) != work)
        {
            var begin = TimeProvider.System.GetTimestamp();
            try
            {
                do
                {
                    var (done, text) = state();
                    StatusLine.Show(StatusLine.Bar(done, text, TimeProvider.System.GetElapsedTime(begin), Width - 1));
                }
                while (await Task.WhenAny(work, Task.Delay(Refresh)) != work);
            }
            finally
            {
                StatusLine.Clear();
            }
        }
        await work;
    }

    private static int Width => Math.Max(20, Output.Profile.Width);

    private static IAnsiConsole Plain()
    {
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No
        });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
