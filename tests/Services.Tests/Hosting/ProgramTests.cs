using System.Globalization;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Switches, exit codes and messages of the real program.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void a_run_and_the_demo_serve_the_dashboard() => Assert.All(new[] { AllInOneProgram.Program, AllInOneProgram.Demo },
        program => Assert.True(program.Defaults(new TradingSettings()).Dashboard));

    [Fact]
    public async Task help_lists_the_switches_and_ends_with_0()
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(["--help"]);
        Assert.Equal((0, ""), (exitCode, errors));
        foreach (var option in new[] { "--profile", "--symbols", "--feed", "--data", "--from", "--to", "--speed", "--seed", "--journal",
            "--database", "--http-port", "--settings", "--set", "--show-settings", "--verbose" })
            Assert.Contains(option, output, StringComparison.Ordinal);
    }

    [Fact]
    public void a_run_has_the_default_profile_and_the_demo_the_technical_one() => Assert.Equal(
        (TradingSettings.DefaultProfile, TradingSettings.TechnicalProfile),
        (AllInOneProgram.Program.Profile, AllInOneProgram.Demo.Profile));

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
        var (exitCode, output, errors) = await RunningProgram.RunAsync(["--feed", "crystal-ball", "--set", "Quorum=9", "--set", "Sed=2"],
            ("Trading__LeastConfidence", "2"));
        Assert.Equal((CommandLine.WrongSettings, ""), (exitCode, output));
        Assert.Equal(
            [
                "Trading:Feed must be auto or live or recorded or simulated or demo, was crystal-ball",
                "Trading:LeastConfidence must be 0 to 1, was 2",
                "Trading:Quorum must be 1 to the number of sources (4), was 9",
                "Trading:Sed is not a setting; did you mean Trading:Seed?",
            ],
            errors.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task switches_win_over_the_environment_and_that_over_the_file_and_that_over_the_profile()
    {
        var file = Save("settings.json",
            """{ "Trading": { "Seed": 2, "Quorum": 3, "LotSize": 0.001, "Symbols": ["ETH-USD", "SOL-USD"] } }""");
        var (exitCode, output, errors) = await RunningProgram.RunAsync(
            ["--settings", file, "--seed", "4", "--show-settings"],
            ("Trading__Seed", "3"), ("Trading__Quorum", "4"), ("Trading__Journal", "postgres"),
            ("Trading__JournalConnection", "Host=db;Password=hunter2"));
        Assert.Equal((0, ""), (exitCode, errors));
        var lines = output.Split('\n');
        Assert.Contains("Trading:Seed = 4", lines);
        Assert.Contains("Trading:Quorum = 4", lines);
        Assert.Contains("Trading:LotSize = 0.001", lines);
        Assert.Contains("Trading:Symbols = ETH-USD,SOL-USD", lines);
        Assert.Contains("Trading:LeastConfidence = 0.6", lines);
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

    [Theory]
    [InlineData("""{ "Seed": 5 }""", "has \"Seed\" outside of the section Trading; settings stand in one section: { \"Trading\": ")]
    [InlineData("""{ "Trading": { "Seed": 5 }, "Tradign": { "Quorum": 3 } }""", "has \"Tradign\" outside of the section Trading")]
    [InlineData("{}", "has no section Trading; settings stand in one section")]
    public async Task a_settings_file_that_would_be_ignored_ends_with_78_and_says_what_is_expected(string text, string named) =>
        await EndsInOneLine(CommandLine.WrongSettings, named, "--settings", Save("other.json", text), "--show-settings");

    [Theory]
    [InlineData("--feed simulated --from 2024-03-01", "Trading:From must be empty unless Feed=recorded or demo")]
    [InlineData("--to 2024-03-01", "Trading:To must be empty unless Feed=recorded or demo")]
    [InlineData("--feed simulated --speed 60", "Trading:Speed must be max unless Feed=recorded or demo")]
    public async Task a_switch_without_effect_ends_with_78(string switches, string named) =>
        await EndsInOneLine(CommandLine.WrongSettings, named, switches.Split(' '));

    [Fact]
    public async Task candles_that_cannot_be_used_end_with_78()
    {
        await EndsInOneLine(CommandLine.WrongSettings, "names a file that does not exist", "--data", Path.Combine(_folder, "none.csv"));
        // What cannot be recognised is shown, with the switches that say what it is.
        var (exitCode, output, errors) = await RunningProgram.RunAsync(["--data", Save("bad.csv", "when,what\n1,2\n")]);
        Assert.Equal((CommandLine.WrongSettings, ""), (exitCode, output));
        Assert.Contains("bad.csv", errors, StringComparison.Ordinal);
        HasNoStackTrace(errors);
        await EndsInOneLine(CommandLine.WrongSettings, "3600 s apart", "--data", Save("hours.csv", Candles(3600)));
    }

    [Fact]
    public async Task a_database_that_cannot_be_reached_ends_with_1_in_one_line_without_its_password()
    {
        var (exitCode, output, errors) = await RunningProgram.RunAsync(
            ["--data", Save("minutes.csv", Candles(60)), "--journal", "postgres", "--set", "SealIntervalSeconds=0"],
            ("Trading__JournalConnection", "Host=127.0.0.1;Port=1;Username=trader;Password=hunter2"));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("trading: the journal's database cannot be used: ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", errors, StringComparison.Ordinal);
        HasNoStackTrace(errors);
    }

    private static string Candles(int interval) => "open_time_unix_s,open,high,low,close,volume\n"
        + string.Concat(Enumerable.Range(0, 3)
            .Select(bar => string.Create(CultureInfo.InvariantCulture, $"{1_709_251_200 + bar * interval},1,1,1,1,1\n")));

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
