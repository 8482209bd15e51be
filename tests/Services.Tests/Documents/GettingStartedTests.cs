using System.Diagnostics;
using System.Text.RegularExpressions;
using Trading.LocalServers;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Documents;

/// <summary>docs/getting-started.md, done by the letter: each command prints what stands below it.</summary>
public sealed partial class GettingStartedTests : SerialTest
{
    private readonly Dictionary<string, string> _home;

    public GettingStartedTests()
    {
        // Run by root, the program has its server run by another user, who has to reach a folder within this one.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
        _home = new() { [TradingHome.Variable] = Path.Combine(Folder, "home") };
    }

    [Fact]
    public async Task every_command_prints_what_stands_below_it()
    {
        var steps = Steps().Matches(await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "getting-started.md")))
            .Select(step => (Command: step.Groups["command"].Value, Printed: step.Groups["printed"].Value)).ToList();
        Assert.Equal(["demo", "init", "settings", "settings", "journals", "audit", "audit"],
            steps.Select(step => step.Command.Split(' ')[0]));
        var trade = "";
        foreach (var (command, printed) in steps)
        {
            var file = Path.Combine(Folder, "trading.json");
            string[] words = [.. command.Replace("TRADE", trade, StringComparison.Ordinal).Split(' ')
                .Select(word => word == "trading.json" ? file : word), .. command.StartsWith("init", StringComparison.Ordinal)
                    ? new[] { "--output", file } : []];
            var output = command == "demo" ? await DemoAsync() : await OutputAsync(words);
            Same(printed, output);
            // The purchase that the page explains.
            if (words is ["audit", "list", ..])
                trade = Identity().Match(output).Groups[1].Value;
        }
    }

    // Runs until the first purchase, then Ctrl-C.
    private async Task<string> DemoAsync()
    {
        using var demo = CliProgram.Start(_home, "demo");
        var errors = demo.StandardError.ReadToEndAsync();
        var output = "";
        while (await demo.StandardOutput.ReadLineAsync().WaitAsync(HangGuard.Limit) is { } line)
        {
            output += line + "\n";
            if (line.Contains("BOUGHT", StringComparison.Ordinal))
                break;
        }
        using (var kill = Process.Start("kill", ["-INT", $"{demo.Id}"]))
            await kill.WaitForExitAsync();
        var rest = await demo.StandardOutput.ReadToEndAsync().WaitAsync(HangGuard.Limit);
        await demo.WaitForExitAsync();
        Assert.True(demo.ExitCode == 0, $"{output}{rest}{await errors}");
        return output;
    }

    private async Task<string> OutputAsync(string[] words)
    {
        var (code, output, errors) = await CliProgram.RunAsync(_home, words);
        Assert.True(code == 0, $"{string.Join(' ', words)} ended with {code}: {errors}");
        return output;
    }

    // The pieces between ... in their order, whatever is around them; how wide a table is does not count.
    private static void Same(string printed, string output)
    {
        var (from, text) = (0, Plain(output));
        foreach (var piece in printed.Split('\n').SelectMany(line => line.Split("...")).Select(Plain).Where(piece => piece.Length > 0))
        {
            var at = text.IndexOf(piece, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"not printed: {piece}\n{output}");
            from = at + piece.Length;
        }
    }

    private static string Plain(string text) => Space().Replace(Lines().Replace(text, " "), " ").Trim();

    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in the repository");
        return folder.FullName;
    }

    [GeneratedRegex(@"(?m)^    (?:trading|dotnet run --project services/Cli --) (?<command>.*)\n\n```text\n(?<printed>(?s:.*?))```")]
    internal static partial Regex Steps();

    [GeneratedRegex(@"[\u2500-\u257F]")]
    private static partial Regex Lines();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"01-05 11:54 .*?\b([0-9a-f]{8})\b", RegexOptions.Singleline)]
    private static partial Regex Identity();
}
