using System.Globalization;
using Trading.Hosting;
using Xunit;

namespace Trading.Tests.Hosting;

/// <summary>Switches, exit codes and messages of the real program.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task help_lists_the_switches_and_ends_with_0()
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(["--help"]);
        Assert.Equal((0, ""), (exitCode, errors));
        foreach (var option in new[] { "--profile", "--symbols", "--feed", "--data", "--from", "--to", "--speed", "--seed", "--journal", "--database", "--http-port", "--settings", "--set", "--show-settings", "--verbose" })
            Assert.Contains(option, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sped", "--sped")]
    [InlineData("--set=Seed", "--set takes Name=value, was Seed")]
    public async Task a_wrong_switch_ends_with_2_and_is_named(string argument, string named)
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync([argument]);
        Assert.Equal((CommandLine.WrongUsage, ""), (exitCode, output));
        Assert.Contains(named, errors, StringComparison.Ordinal);
        HasNoStackTrace(errors);
    }

    [Fact]
    public async Task wrong_settings_end_with_78_and_all_are_named()
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(["--feed", "crystal-ball", "--set", "Quorum=9", "--set", "Sed=2"], ("Trading__RiskThreshold", "2"));
        Assert.Equal((CommandLine.WrongSettings, ""), (exitCode, output));
        Assert.Equal(
            [
                "Trading:Feed must be auto or live or recorded or simulated, was crystal-ball",
                "Trading:Quorum must be 1 to the number of sources (4), was 9",
                "Trading:RiskThreshold must be 0 to 1, was 2",
                "Trading:Sed is not a setting; did you mean Trading:Seed?",
            ],
            errors.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task switches_win_over_the_environment_and_that_over_the_file_and_that_over_the_profile()
    {
        var file = Save("settings.json", """{ "Trading": { "Seed": 2, "Quorum": 3, "LotSize": 0.001, "Symbols": ["ETH-USD", "SOL-USD"] } }""");
        var (exitCode, output, errors) = await RunningProgram.RunAsync(
            ["--settings", file, "--seed", "4", "--show-settings"],
            ("Trading__Seed", "3"), ("Trading__Quorum", "4"), ("Trading__Journal", "postgres"), ("Trading__JournalConnection", "Host=db;Password=hunter2"));
        Assert.Equal((0, ""), (exitCode, errors));
        var lines = output.Split('\n');
        Assert.Contains("Trading:Seed = 4", lines);
        Assert.Contains("Trading:Quorum = 4", lines);
        Assert.Contains("Trading:LotSize = 0.001", lines);
        Assert.Contains("Trading:Symbols = ETH-USD,SOL-USD", lines);
        Assert.Contains("Trading:RiskThreshold = 0.6", lines);
        Assert.Contains("Trading:JournalConnection = (set, not shown)", lines);
        Assert.DoesNotContain("hunter2", output, StringComparison.Ordinal);
        Assert.Equal(SettingsReader.Names.Count(), lines.Length);
    }

    [Fact]
    public async Task a_settings_file_that_cannot_be_used_ends_with_78()
    {
        await EndsInOneLine(CommandLine.WrongSettings, "none.json does not exist", "--settings", Path.Combine(_folder, "none.json"));
        await EndsInOneLine(CommandLine.WrongSettings, "torn.json", "--settings", Save("torn.json", """{ "Trading": { "Seed": """));
    }

    [Fact]
    public async Task candles_that_cannot_be_used_end_with_78()
    {
        await EndsInOneLine(CommandLine.WrongSettings, "names a file that does not exist", "--data", Path.Combine(_folder, "none.csv"));
        await EndsInOneLine(CommandLine.WrongSettings, "bad.csv", "--data", Save("bad.csv", "when,what\n1,2\n"));
        await EndsInOneLine(CommandLine.WrongSettings, "3600 s apart", "--data", Save("hours.csv", Candles(3600)));
    }

    [Fact]
    public async Task a_database_that_cannot_be_reached_ends_with_1_in_one_line_without_its_password()
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(
            ["--data", Save("minutes.csv", Candles(60)), "--journal", "postgres"], ("Trading__JournalConnection", "Host=127.0.0.1;Port=1;Username=trader;Password=hunter2"));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("trading: the journal's database cannot be used: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", errors, StringComparison.Ordinal);
        HasNoStackTrace(errors);
    }

    private static string Candles(int interval) => "open_time_unix_s,open,high,low,close,volume\n"
        + string.Concat(Enumerable.Range(0, 3).Select(bar => string.Create(CultureInfo.InvariantCulture, $"{1_709_251_200 + bar * interval},1,1,1,1,1\n")));

    private string Save(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task EndsInOneLine(int expected, string named, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(named, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static void HasNoStackTrace(string errors) => Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
}
