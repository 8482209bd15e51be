using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Npgsql;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>trading mcp as programs use it: over standard input, on the journal of a recorded run.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class McpTests(RecordedDashboard run)
{
    [Fact]
    public async Task its_tools_read_and_say_what_is_wrong()
    {
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Command = "dotnet",
            Arguments = [Path.Combine(AppContext.BaseDirectory, "trading.dll"), "mcp",
                "--database", new NpgsqlConnectionStringBuilder(run.Database).Database!],
            EnvironmentVariables = new Dictionary<string, string?>
            { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = run.Database },
        }));

        var tools = await client.ListToolsAsync();
        Assert.Equal(["backtest", "decisions", "status", "trades", "what_if", "why"],
            tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.All(tools, tool => Assert.True(tool.ProtocolTool.Annotations!.ReadOnlyHint));

        var status = await AskAsync(client, "status", []);
        Assert.Equal("recorded", status.GetProperty("marketData").GetString());
        var trades = await AskAsync(client, "trades", new() { ["limit"] = 2 });
        Assert.Equal(2, trades.GetArrayLength());
        var why = await AskAsync(client, "why", new() { ["trade"] = trades[0].GetProperty("tradeId").GetString() });
        Assert.Contains("On paper", why.GetProperty("why").GetString(), StringComparison.Ordinal);
        var instead = await AskAsync(client, "what_if",
            new() { ["settings"] = new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "20" } });
        Assert.True(instead.GetProperty("changed").GetInt64() > 0);
        var tested = await AskAsync(client, "backtest", new() { ["strategy"] = "sma-momentum" });
        Assert.True(tested.TryGetProperty("orders", out _), tested.GetRawText());
        var wrong = await client.CallToolAsync("why", new Dictionary<string, object?> { ["trade"] = "ffffffff" });
        Assert.True(wrong.IsError);
        Assert.Contains("ffffffff", ((TextContentBlock)wrong.Content[0]).Text, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> AskAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var answer = await client.CallToolAsync(tool, arguments);
        var text = ((TextContentBlock)answer.Content[0]).Text;
        return answer.IsError == true ? throw new InvalidOperationException($"{tool}: {text}")
            : JsonSerializer.Deserialize<JsonElement>(text);
    }
}
