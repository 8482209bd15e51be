using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Research;

/// <summary>A strategy of one's own from trading new strategy, in backtest, live and audit replay.</summary>
public sealed class NewStrategyTests : SerialTest
{
    [Fact]
    public async Task a_new_strategy_is_built_and_trades_the_same_in_a_backtest_and_in_the_services_and_its_journal_replays()
    {
        var project = Path.Combine(Folder, "mine");
        var (made, told, wrong) = await CliProgram.RunHereAsync("new", "strategy", "own-crossing", "--output", project);
        Assert.True(made == 0, wrong);
        Assert.Contains("trading backtest --strategies ", told, StringComparison.Ordinal);
        // Its own test builds the library, too.
        await DotnetAsync(LongForm.Or("test", "build"), LongForm.Or(Path.Combine(project, "tests"), project));
        var library = Path.Combine(project, "bin", "OwnCrossing.dll");

        var candles = InProcessSystem.WriteCandles(Folder, minutes: 800, seed: 1);
        string[] own = ["--set", $"StrategyFolder={project}/bin", "--set", "Strategy=own-crossing"];
        var (code, figures, errors) = await CliProgram.RunHereAsync(["backtest", "--data", candles, .. own, "--json", "-"]);
        Assert.True(code == 0, errors);
        var result = JsonDocument.Parse(figures).RootElement;
        var loaded = Assert.Single(result.GetProperty("strategyLibraries").EnumerateArray(),
            one => one.GetProperty("file").GetString() == library);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(library))),
            loaded.GetProperty("sha256").GetString());

        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Recorded(candles) with { StrategyFolder = $"{project}/bin", Strategy = "own-crossing" };
        var journal = await InProcessSystem.PlayAsync(settings, database);
        Assert.Contains(journal.Trades, trade => trade.Filled);
        var (same, drift, _) = await CliProgram.RunHereAsync(["drift", "--data", candles, .. own, "--json",
            "--set", "Journal=postgres", "--set", $"JournalConnection={database}"]);
        Assert.True(same == 0, drift);
        Assert.Equal(journal.Trades.Count(trade => trade.Filled), JsonDocument.Parse(drift).RootElement.GetProperty("trades").GetInt32());

        // Without the library: signals are taken as they were recorded.
        var (replayed, report, _) = await CliProgram.RunHereAsync("audit", "replay", "--json",
            "--set", "Journal=postgres", "--set", $"JournalConnection={database}");
        Assert.True(replayed == 0, report);
    }

    [Theory]
    [InlineData("Mine", "a strategy's name is 1 to 40 small letters, digits and dashes and begins with a letter, was Mine")]
    [InlineData("turtle", "there is a strategy turtle already")]
    public async Task a_name_that_cannot_be_is_one_line(string name, string message)
    {
        var (code, _, errors) = await CliProgram.RunHereAsync("new", "strategy", name, "--output", Path.Combine(Folder, "x"));
        Assert.Equal((2, $"trading: {message}"), (code, errors.TrimEnd()));
        Assert.False(Directory.Exists(Path.Combine(Folder, "x")));
    }

    private static async Task DotnetAsync(string command, string project)
    {
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", [command, project, "-v", "q", "-nologo", "--disable-build-servers"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (dotnet.StandardOutput.ReadToEndAsync(), dotnet.StandardError.ReadToEndAsync());
        await dotnet.WaitForExitAsync();
        Assert.True(dotnet.ExitCode == 0, await output + await errors);
    }
}
