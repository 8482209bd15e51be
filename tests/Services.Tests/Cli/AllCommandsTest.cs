using System.CommandLine;
using System.CommandLine.Completions;
using Trading.Cli;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Every command of trading, what it insists on, and how it says what is wrong.</summary>
public abstract class AllCommandsTest
{
    private protected const string Apply = "--apply";

    public static TheoryData<string> Paths => [.. Walk(Commands.Create(), "").Select(found => found.Path)];

    private protected static IEnumerable<(string Path, Command Command)> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(sub =>
        {
            var name = $"{path} {sub.Name}".Trim();
            return Walk(sub, name).Prepend((name, sub));
        });

    // Nothing that runs on this machine may be found.
    private protected static string[] Nowhere(Command command) =>
        command.Options.Any(option => option.Name == "--journal-connection")
            ? ["--journal-connection", "Host=127.0.0.1;Port=1;Username=nobody"]
            : command.Options.Any(option => option.Name == "--service-url") ? ["--service-url", "http://127.0.0.1:1"]
            : command.Name == "health" ? ["--url", "http://127.0.0.1:1"] : [];

    // Something for each argument and switch that the command insists on.
    private protected static IEnumerable<string> Needed(Command command, Option? but = null) =>
        command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(Value)
            .Concat(command.Options.Where(option => option.Required && option != but).SelectMany(option => new[] { option.Name, "1" }))
            // One of several switches is asked for.
            .Concat(command.Options.Any(option => option.Name == "--with-proofs") ? ["--range", "1..2"] : [])
            // Without it the statements are only printed.
            .Concat(command.Options.Any(option => option.Name == Apply) ? [Apply] : []);

    // One of the words that are allowed, where there are such.
    private protected static string Value(Argument argument) =>
        argument.GetCompletions(CompletionContext.Empty).FirstOrDefault()?.Label ?? "1";

    private protected static void ClearLines(string errors)
    {
        var lines = errors.TrimEnd().Split('\n');
        Assert.InRange(lines.Length, 1, 5);
        Assert.All(lines, line => Assert.False(string.IsNullOrWhiteSpace(line)));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
    }
}
