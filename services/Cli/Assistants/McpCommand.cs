using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;
using Trading.Cli.Shared;

namespace Trading.Cli.Assistants;

/// <summary>
/// A server of the Model Context Protocol over standard input and output: programs that talk with people ask it about a journal. It only
/// reads.
/// </summary>
public static class McpCommand
{
    private const string Instructions = "Answers questions about one trading journal: how the account stands, which decisions and trades "
        + "there were, why each was made, what a backtest over the kept prices would have made, what other limits would have decided. "
        + "Nothing can be changed. Amounts are US dollars, times are UTC.";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var command = new Command("mcp",
            "Serves read-only tools about a journal over standard input, for programs that speak the Model Context Protocol: status, "
            + "decisions, trades, why, backtest, what-if.\n"
            + "Example: trading mcp --database live");
        options.Act(command, async run =>
        {
            var server = McpServer.Create(new StdioServerTransport("trading", NullLoggerFactory.Instance), new()
            {
                ServerInfo = new() { Name = "trading", Version = typeof(McpCommand).Assembly.GetName().Version!.ToString(3) },
                ServerInstructions = Instructions,
                ToolCollection = [.. new McpTools(run).All()],
            }, NullLoggerFactory.Instance, null);
            await using (server)
                await server.RunAsync(run.Cancellation);
            return JournalOptions.Clean;
        });
        return command;
    }
}
