using System.Text.RegularExpressions;
using Npgsql;
using Trading.AllInOne;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>A recorded run as it is seen: on terminals of two widths, with and without colour, and in a pipe.</summary>
public sealed partial class TerminalTests : SerialTest
{
    [Fact]
    public async Task lines_and_progress_never_run_into_each_other_on_any_terminal_or_in_a_pipe()
    {
        var candles = InProcessSystem.WriteCandles(Folder, LongForm.Or(420, 160), seed: 6);
        var piped = await PipedAsync(candles);
        var trades = Trade().Matches(piped).Select(match => match.Value).ToList();
        Assert.NotEmpty(trades);
        Assert.DoesNotContain('\u001b', piped);

        foreach (var (columns, colour) in new[] { (80, true), (120, false) })
        {
            var database = await PostgresServer.CreateDatabaseAsync();
            var sent = await PseudoTerminal.RunAsync(columns, Environment(database, colour),
                ["dotnet", typeof(AllInOneProgram).Assembly.Location, .. Arguments(candles, database)]);
            Assert.Contains(" prices, ", sent, StringComparison.Ordinal);
            Assert.DoesNotContain("equity 0.00", sent, StringComparison.Ordinal);
            Assert.Equal(colour, Colour().IsMatch(sent));

            // The progress is gone at the end, and every line reads as in the pipe, broken between words only.
            var lines = PseudoTerminal.Lines(sent, columns);
            Assert.All(lines, line => Assert.True(line.Length <= columns));
            var text = string.Join(' ', lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            Assert.DoesNotContain(" prices, ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("left", text, StringComparison.Ordinal);
            // Fee and equity stand where there is room for them.
            Assert.Equal(columns >= 100, text.Contains(", fee ", StringComparison.Ordinal));
            Assert.All(trades, trade => Assert.Contains(Spaces().Replace(trade, " "), text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task a_script_that_is_copied_is_never_broken_to_fit_the_terminal()
    {
        var cli = typeof(Cli.Audit.AuditCommand).Assembly.Location;
        var piped = (await CliProgram.RunHereAsync("completion", "bash")).Output;
        var sent = await PseudoTerminal.RunAsync(50, new Dictionary<string, string>(), "dotnet", cli, "completion", "bash");

        Assert.Contains(piped.Split('\n'), line => line.Length > 50);
        Assert.EndsWith(piped, sent.Replace("\r\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static async Task<string> PipedAsync(string candles)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        using var program = new TestKit.Distributed.RunningService(Path.GetFileName(typeof(AllInOneProgram).Assembly.Location),
            Arguments(candles, database), Environment(database, colour: true));
        Assert.Equal(0, await program.ExitAsync());
        return program.Output;
    }

    private static string[] Arguments(string candles, string database) =>
        ["--data", candles, "--journal", "postgres", "--database", new NpgsqlConnectionStringBuilder(database).Database!];

    private static Dictionary<string, string> Environment(string database, bool colour) => new()
    {
        ["Trading__JournalConnection"] = database, ["Trading__SealIntervalSeconds"] = "0", [colour ? "COLORTERM" : "NO_COLOR"] = "1",
    };

    [GeneratedRegex(@"\d\d-\d\d \d\d:\d\d BTC-USD [\d,.]+  (BOUGHT|SOLD) [\d.]+ at [\d,]+\.\d\d")]
    private static partial Regex Trade();

    [GeneratedRegex(@"\e\[[0-9;]*(3[0-7]|38;5;\d+|9[0-7])[0-9;]*m")]
    private static partial Regex Colour();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
