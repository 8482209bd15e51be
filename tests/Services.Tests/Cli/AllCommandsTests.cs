using Trading.Cli;
using Trading.Hosting.Settings;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Every command of trading, asked for help, started without arguments, or given a switch or setting that there is not.</summary>
public sealed class AllCommandsTests : AllCommandsTest
{
    // They start a system, or look at the network; each has tests of its own.
    private static readonly string[] Starts = ["demo", "run", "up", "doctor"];

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
    public void no_switch_is_declared_twice(string path)
    {
        var names = Walk(Commands.Create(), "").Single(found => found.Path == path).Command.Options
            .SelectMany(option => option.Aliases.Append(option.Name)).ToList();
        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void a_command_is_found_without_the_others_being_made(string path)
    {
        var name = path.Split(' ')[0];
        var alone = Commands.Create(path.Split(' '));
        Assert.Equal(name, Assert.Single(alone.Subcommands).Name);
        Assert.Equal(Walk(Commands.Create(), "").Select(found => found.Path).Where(found => found.Split(' ')[0] == name),
            Walk(alone, "").Select(found => found.Path));
    }

    [Theory]
    [InlineData]
    [InlineData("no-such-command")]
    [InlineData("--version", "audit")]
    [InlineData("Audit")]
    public void where_no_command_comes_first_all_are_known(params string[] args) =>
        Assert.Equal(Commands.Create().Subcommands.Select(command => command.Name),
            Commands.Create(args).Subcommands.Select(command => command.Name));

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
}
