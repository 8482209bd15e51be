using Spectre.Console;

namespace Trading.Hosting;

/// <summary>Standard output as people read it.</summary>
public static class Terminal
{
    private const int PlainWidth = 160;

    /// <summary>Colours and a width of its own on a terminal; in a file or a pipe plain text that is not wrapped to a window's width.</summary>
    public static IAnsiConsole Output { get; } = Console.IsOutputRedirected ? Plain() : AnsiConsole.Console;

    private static IAnsiConsole Plain()
    {
        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        plain.Profile.Width = PlainWidth;
        return plain;
    }
}
