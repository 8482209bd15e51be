using Trading.Hosting.Settings;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>The first commands of a new user: init, settings, completion.</summary>
public sealed class SetupCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task init_writes_a_file_that_can_be_used_and_never_overwrites_one()
    {
        var file = Path.Combine(_folder, "trading.json");
        var (code, output, errors) = await CliProgram.RunHereAsync("init", "--yes", "--set", "MaxTradeAmountUsd=50", "-o", file);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("trading run --settings trading.json", output, StringComparison.Ordinal);
        Assert.Contains("// Counted in UTC days", await File.ReadAllTextAsync(file), StringComparison.Ordinal);

        Assert.Equal(0, (await CliProgram.RunHereAsync("settings", "check", file)).Code);
        var shown = await CliProgram.RunHereAsync("settings", "show", "--settings", file, "--set", "Seed=3", "--changed");
        Assert.Equal((0, ""), (shown.Code, shown.Errors));
        Assert.Matches(@"MaxTradeAmountUsd\s+│?\s*50\s+│?\s*file", shown.Output);
        Assert.Matches(@"Seed\s+│?\s*3\s+│?\s*switch", shown.Output);
        Assert.DoesNotContain("Quorum", shown.Output, StringComparison.Ordinal);
        // By topic, in the order of the reference.
        Assert.Equal(["Prices", "Risk"], shown.Output.Split('\n').Select(line => line.Trim(' ', '│'))
            .Where(line => line is "Prices" or "Risk"));

        var again = await CliProgram.RunHereAsync("init", "--yes", "-o", file);
        Assert.Equal(CommandLine.WrongUsage, again.Code);
        Assert.Contains("exists and is not overwritten", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_answer_that_cannot_be_used_leaves_no_file()
    {
        var file = Path.Combine(_folder, "trading.json");
        var (code, _, errors) = await CliProgram.RunHereAsync("init", "--yes", "--set", "MaxPositionShare=7", "-o", file);
        Assert.Equal(CommandLine.WrongSettings, code);
        Assert.Contains("Trading:MaxPositionShare must be above 0 and at most 1, was 7", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void every_setting_has_a_topic() =>
        Assert.All(SettingsReader.Names, name => Assert.NotEmpty(SettingTopics.Of(name)));

    [Theory]
    [InlineData("bash", "complete -o default -F _trading trading")]
    [InlineData("zsh", "compdef _trading trading")]
    [InlineData("fish", "complete -c trading")]
    [InlineData("powershell", "Register-ArgumentCompleter")]
    public async Task completion_prints_a_script_for_each_shell(string shell, string line) =>
        Assert.Contains(line, (await CliProgram.RunHereAsync("completion", shell)).Output, StringComparison.Ordinal);

    [Fact]
    public async Task a_report_in_a_folder_that_does_not_exist_is_refused_before_the_work_begins()
    {
        var (code, output, errors) = await CliProgram.RunHereAsync("backtest", "--data", "x.csv", "--report", "/nope/report.html");
        Assert.Equal((CommandLine.WrongUsage, ""), (code, output));
        Assert.Contains("--report cannot be written: the folder /nope does not exist", errors, StringComparison.Ordinal);
    }
}
