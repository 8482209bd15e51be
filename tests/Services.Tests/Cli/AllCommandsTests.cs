using System.CommandLine;
using System.CommandLine.Completions;
using Trading.Cli;
using Trading.Hosting.Settings;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>
/// Every command of trading, asked for help and given what it cannot use: clear lines, the right exit code, no stack trace.
/// </summary>
public sealed class AllCommandsTests
{
    public static TheoryData<string> Paths => [.. Walk(Commands.Create(), "").Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task help_ends_with_0_and_shows_an_example_of_use(string path)
    {
        var (code, output, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), "--help"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_switch_that_does_not_exist_ends_with_2_and_is_named(string path)
    {
        var (code, output, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), "--no-such-switch"]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("--no-such-switch", errors, StringComparison.Ordinal);
        ClearLines(errors);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_settings_file_that_does_not_exist_is_named(string path)
    {
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        if (!command.Options.Any(option => option.Name == "--settings"))
            return;
        var (code, _, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. Needed(command), "--settings", None]);
        Assert.True(code is 2 or 78, $"{code}: {errors}");
        ClearLines(errors);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_setting_that_does_not_exist_ends_with_78_and_is_named(string path)
    {
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        if (!command.Options.Any(option => option.Name == "--settings"))
            return;
        var (code, output, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. Needed(command), "--set", "NoSuchSetting=1"]);
        Assert.Equal((CommandLine.WrongSettings, ""), (code, output));
        Assert.StartsWith("Trading:NoSuchSetting is not a setting", errors, StringComparison.Ordinal);
        ClearLines(errors);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_file_in_a_folder_that_does_not_exist_is_refused_before_the_work_begins(string path)
    {
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        foreach (var written in command.Options.Where(option => Written.Contains(option.Name) && option.ValueType == typeof(FileInfo)))
        {
            var others = Needed(command, but: written);
            var (code, output, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. others, written.Name, None]);
            Assert.Equal((CommandLine.WrongUsage, ""), (code, output));
            Assert.Contains($"{written.Name} cannot be written: the folder /dev/null does not exist", errors, StringComparison.Ordinal);
            ClearLines(errors);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task without_arguments_it_says_what_is_missing_or_does_what_its_help_says(string path)
    {
        if (Starts.Contains(path))
            return;
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        var (code, output, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. Nowhere(command)]);
        var asks = command.Subcommands.Count > 0 && command.Action is null || Needed(command).Any(word => word != Apply);
        Assert.True(asks ? code == CommandLine.WrongUsage : code is 0 or 1 or 2 or 78, $"{code}: {errors}{output}");
        if (code != 0)
            ClearLines(errors);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_file_that_does_not_exist_ends_it_with_clear_lines(string path)
    {
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        foreach (var read in command.Options.Where(option => !Written.Contains(option.Name) && IsFile(option.ValueType, option.Name)))
        {
            await RefusedAsync([.. Needed(command, but: read), read.Name, None],
                read.Name == "--settings");
        }
        foreach (var read in command.Arguments.Where(argument => IsFile(argument.ValueType, argument.Name)))
        {
            await RefusedAsync([.. command.Arguments.Select(argument => argument == read ? None : Value(argument)),
                .. Needed(command).Skip(command.Arguments.Count(argument => argument.Arity.MinimumNumberOfValues > 0))],
                path is "settings check" or "journals import");
        }

        async Task RefusedAsync(string[] arguments, bool named)
        {
            var (code, _, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. arguments, .. Nowhere(command)]);
            Assert.True(code is 1 or 2 or 78, $"{string.Join(' ', arguments)} ended with {code}: {errors}");
            ClearLines(errors);
            // What else is missing may be said first.
            if (named)
                Assert.Contains(None, errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void no_switch_is_declared_twice(string path)
    {
        var names = Walk(Commands.Create(), "").Single(found => found.Path == path).Command.Options
            .SelectMany(option => option.Aliases.Append(option.Name)).ToList();
        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task a_database_that_does_not_answer_is_said_in_clear_lines(string path)
    {
        var command = Walk(Commands.Create(), "").Single(found => found.Path == path).Command;
        if (!command.Options.Any(option => option.Name == "--journal-connection"))
            return;
        var (code, _, errors) = await CliProgram.RunHereAsync([.. path.Split(' '), .. Needed(command), "--journal-connection",
            "Host=127.0.0.1;Port=1;Username=nobody"]);
        Assert.True(code is 1 or 2 or 78, $"{code}: {errors}");
        ClearLines(errors);
    }

    [Fact]
    public async Task the_list_of_commands_is_grouped_by_what_people_want_to_do_and_fits_80_columns()
    {
        var (code, output, errors) = await CliProgram.RunHereAsync("--help");
        Assert.Equal((0, ""), (code, errors));
        Assert.All(new[] { "Try it", "Trade", "Test the past", "Look back", "Operate" }, group => Assert.Contains($"\n{group}\n", output,
            StringComparison.Ordinal));
        Assert.All(Commands.Create().Subcommands, command => Assert.Contains($"\n  {command.Name} ", output, StringComparison.Ordinal));
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.DoesNotContain("...", output, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path) => command.Subcommands.SelectMany(sub =>
    {
        var name = $"{path} {sub.Name}".Trim();
        return Walk(sub, name).Prepend((name, sub));
    });

    // Neither there, nor can anybody make it.
    private const string None = "/dev/null/none";

    // They start a system, or look at the network; each has tests of its own.
    private static readonly string[] Starts = ["demo", "run", "up", "doctor"];

    private static bool IsFile(Type type, string name) =>
        type == typeof(FileInfo) || type == typeof(DirectoryInfo) || name is "--data" or "--strategies";

    // Nothing that runs on this machine may be found.
    private static string[] Nowhere(Command command) =>
        command.Options.Any(option => option.Name == "--journal-connection")
            ? ["--journal-connection", "Host=127.0.0.1;Port=1;Username=nobody"]
            : command.Options.Any(option => option.Name == "--service-url") ? ["--service-url", "http://127.0.0.1:1"]
            : command.Name == "health" ? ["--url", "http://127.0.0.1:1"] : [];

    private const string Apply = "--apply";

    private static readonly string[] Written = ["--report", "--output", "--trades", "--results", "--json"];

    // Something for each argument and switch that the command insists on.
    private static IEnumerable<string> Needed(Command command, Option? but = null) =>
        command.Arguments.Where(argument => argument.Arity.MinimumNumberOfValues > 0).Select(Value)
            .Concat(command.Options.Where(option => option.Required && option != but).SelectMany(option => new[] { option.Name, "1" }))
            // One of several switches is asked for.
            .Concat(command.Options.Any(option => option.Name == "--with-proofs") ? ["--range", "1..2"] : [])
            // Without it the statements are only printed.
            .Concat(command.Options.Any(option => option.Name == Apply) ? [Apply] : []);

    // One of the words that are allowed, where there are such.
    private static string Value(Argument argument) => argument.GetCompletions(CompletionContext.Empty).FirstOrDefault()?.Label ?? "1";

    private static void ClearLines(string errors)
    {
        var lines = errors.TrimEnd().Split('\n');
        Assert.InRange(lines.Length, 1, 5);
        Assert.All(lines, line => Assert.False(string.IsNullOrWhiteSpace(line)));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", errors, StringComparison.Ordinal);
    }
}
