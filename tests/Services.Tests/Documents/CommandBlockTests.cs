using System.Text.RegularExpressions;
using Trading.LocalServers;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Services.Tests.Documents;

/// <summary>
/// Every command that README.md and docs/getting-started.md show in a block is run as it stands, in a folder and with a home of its own and
/// without a network. What cannot be run by a test is in <see cref="NotRunCommands"/>, with the reason.
/// </summary>
public sealed partial class CommandBlockTests : ShownCommandTest
{
    // What each test below runs. GettingStartedTests runs the blocks that have an output.
    private const string Demo = "demo", Run = "run", Settings = "run --settings trading.json", Doctor = "doctor",
        Recorded = "run --profile technical --data candles.csv.gz --from 2024-03-01 --to 2024-03-08",
        Backtest = "backtest --data btcusdt_1m_2024.csv.gz --report report.html", Up = "up -- --data candles.csv.gz",
        Topology = "topology", Queues = "queues", Migrate = "journal migrate", Status = "control status",
        Halt = "control halt --reason \"flash crash\"";
    private static readonly string[] Ran =
        [Demo, Run, Settings, Doctor, Recorded, Backtest, Up, Topology, Queues, Migrate, Status, Halt];

    [Fact]
    public void every_command_of_a_block_is_run_or_named_with_the_reason_why_not()
    {
        var (readme, start) = (Document("README.md"), Document(Path.Combine("docs", "getting-started.md")));
        var shown = GettingStartedTests.Steps().Matches(start).Select(step => step.Groups["command"].Value).ToHashSet();
        var commands = InBlocks(readme).Concat(InBlocks(start)).Concat(NotRunCommands.Quoted(readme)).Concat(NotRunCommands.Quoted(start))
            .Distinct().ToList();
        Assert.Equal([], commands.Where(command => !Ran.Contains(command) && !shown.Contains(command)
            && !NotRunCommands.Reasons.ContainsKey(command)));
        Assert.Equal([], Ran.Concat(NotRunCommands.Reasons.Keys).Where(command => !commands.Contains(command)));
    }

    [Theory]
    [MemberData(nameof(NotRun))]
    public void what_is_not_run_names_files_and_projects_that_exist(string command)
    {
        var (reason, paths) = NotRunCommands.Reasons[command];
        Assert.NotEmpty(reason);
        Assert.All(paths, path => Assert.Contains(path, command, StringComparison.Ordinal));
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(GettingStartedTests.Root(), path)), $"{command} names {path}"));
    }

    public static TheoryData<string> NotRun => [.. NotRunCommands.Reasons.Keys];

    [Fact]
    public async Task the_demo_decides()
    {
        using var demo = Start(Demo);
        await UntilAsync(demo, "SIMULATED BTC-USD");
        await EndAsync(demo, 0);
    }

    [Fact]
    public async Task without_a_network_a_run_goes_on_with_the_simulated_market_and_is_halted_from_beside_it()
    {
        using var run = Start(Run);
        var errors = run.StandardError.ReadToEndAsync();
        // Watched or decided on: the account is open then.
        await UntilAsync(run, "SIMULATED BTC-USD");
        Assert.Contains("is ACTIVE", await OutputAsync(Status), StringComparison.Ordinal);
        await OutputAsync(Halt);
        Assert.Contains("is HALTED", await OutputAsync(Status), StringComparison.Ordinal);
        await EndAsync(run, 0);
        Assert.Contains("GOING ON WITH THE SIMULATED MARKET", await errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_run_with_settings_of_ones_own_shows_prices_and_the_doctor_says_what_the_network_lacks()
    {
        await OutputAsync("init --yes");
        using var run = Start(Settings);
        await UntilAsync(run, "SIMULATED BTC-USD");
        await EndAsync(run, 0);
        Assert.Contains(" checks failed", await OutputAsync(Doctor, expected: 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_recorded_week_and_the_backtest_end_with_their_tables()
    {
        Candles("candles.csv.gz", minutes: 420);
        Candles("btcusdt_1m_2024.csv.gz", minutes: 420);
        var week = await OutputAsync(Recorded);
        Assert.Contains("BOUGHT", week, StringComparison.Ordinal);
        Assert.Contains("profit", week, StringComparison.Ordinal);
        Assert.Contains("total return", await OutputAsync(Backtest), StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(Path.Combine(Folder, "report.html")),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task the_services_as_processes_are_seen_by_the_commands_about_queues_and_tables()
    {
        // With the network that this test has and the command does not.
        await (await LocalAws.StartAsync(cacheFolder: Path.Combine(_environment[TradingHome.Variable], "cache"))).DisposeAsync();
        // More than it plays before the questions below are answered.
        Candles("candles.csv.gz", minutes: 20_000);
        using var up = Start(Up);
        await UntilAsync(up, "trading: started predictor");
        Assert.Contains("sns:Publish", await OutputAsync(Topology), StringComparison.Ordinal);
        Assert.Contains("trading-executor", await OutputAsync(Queues), StringComparison.Ordinal);
        await OutputAsync(Migrate);
        await EndAsync(up, 128 + 2);
    }

    private static string Document(string name) => File.ReadAllText(Path.Combine(GettingStartedTests.Root(), name));

    private static IEnumerable<string> InBlocks(string document) =>
        Block().Matches(document).Select(block => Comment().Replace(block.Groups["command"].Value, ""));

    private void Candles(string name, int minutes)
    {
        var written = InProcessSystem.WriteCandles(Folder, minutes, seed: 6);
        using var file = File.Create(Path.Combine(Folder, name));
        using var packed = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest);
        using var plain = File.OpenRead(written);
        plain.CopyTo(packed);
    }

    [GeneratedRegex(@"(?m)^    (?:(?:trading|dotnet run --project services/Cli --) (?<command>.*)"
        + @"|(?<command>(?:dotnet (?!run --project services/Cli)|docker|kubectl|aws|npm).*))$")]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+#.*$")]
    private static partial Regex Comment();
}
