using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Trading.TestKit.Programs;

/// <summary>A program on a terminal of a given width, as a person runs it.</summary>
internal static partial class PseudoTerminal
{
    /// <summary>Runs a command to its end; gives all that it sent to the terminal.</summary>
    public static async Task<string> RunAsync(int columns, IReadOnlyDictionary<string, string> environment, params string[] command)
    {
        var quoted = string.Join(' ', command.Select(part => $"'{part}'"));
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--flush", "--command",
            $"stty cols {columns} rows 24; exec {quoted}", "/dev/null"])
        { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var program = Process.Start(start)!;
        var output = await program.StandardOutput.ReadToEndAsync().WaitAsync(HangGuard.Limit);
        await program.WaitForExitAsync();
        TestLogs.Add("terminal", () => output);
        return output;
    }

    /// <summary>What stands on the terminal at the end, all lines that scrolled away included.</summary>
    public static IReadOnlyList<string> Lines(string sent, int columns)
    {
        var lines = new List<StringBuilder> { new() };
        var column = 0;
        foreach (Match part in Parts().Matches(sent))
        {
            switch (part.Value)
            {
                case "\n":
                    lines.Add(new());
                    column = 0;
                    break;
                case "\r":
                    column = 0;
                    break;
                case "\u001b[K":
                    lines[^1].Length = Math.Min(lines[^1].Length, column);
                    break;
                case ['\u001b', ..]:
                    break;
                default:
                    Put(part.Value[0]);
                    break;
            }
        }
        return [.. lines.Select(line => line.ToString().TrimEnd())];

        void Put(char letter)
        {
            if (column == columns)
            {
                lines.Add(new());
                column = 0;
            }
            var line = lines[^1];
            while (line.Length <= column)
                line.Append(' ');
            line[column++] = letter;
        }
    }

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]|\e[=>]|\n|.|\r", RegexOptions.Singleline)]
    private static partial Regex Parts();
}
