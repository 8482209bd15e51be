using Trading.Cli;
using Trading.Hosting.Settings;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Every command of trading, given a file, a folder or a database that is not there.</summary>
public sealed class MissingFilesTests : AllCommandsTest
{
    // Neither there, nor can anybody make it.
    private const string None = "/dev/null/none";

    private static readonly string[] Written = ["--report", "--output", "--trades", "--results", "--json"];

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

    private static bool IsFile(Type type, string name) =>
        type == typeof(FileInfo) || type == typeof(DirectoryInfo) || name is "--data" or "--strategies";
}
