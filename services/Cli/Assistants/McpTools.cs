using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using ModelContextProtocol.Server;
using Trading.Cli.Shared;

namespace Trading.Cli.Assistants;

/// <summary>
/// The tools: each is a command of trading that reads, run as a process of its own on the journal that was chosen at the start.
/// </summary>
/// <param name="run">The journal.</param>
internal sealed class McpTools(JournalRun run)
{
    private const int MostRows = 500;
    private readonly TradingProcess _trading = new(run);

    /// <summary>All of them.</summary>
    public IEnumerable<McpServerTool> All() =>
    [
        Tool("status", "Whether the account may trade, since when and why; cash, positions, open orders, limits in force.", StatusAsync),
        Tool("decisions", "The newest decisions, holds and refusals included, oldest first.", DecisionsAsync),
        Tool("trades", "The newest orders that were filled, oldest first.", TradesAsync),
        Tool("why", "Why a trade was made, refused or not asked for, in one paragraph.", WhyAsync),
        Tool("backtest", "Plays the kept prices through a strategy with the settings of the program, and tells the figures. "
            + "It may take minutes.", BacktestAsync),
        Tool("what_if", "What other limits, thresholds and costs would have decided on the recorded predictions.", WhatIfAsync),
    ];

    private static McpServerTool Tool(string name, string description, Delegate work) => McpServerTool.Create(work,
        new() { Name = name, Description = description, ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false });

    private Task<string> StatusAsync(CancellationToken cancellation) =>
        _trading.AskAsync(["control", "status", "--json"], cancellation);

    private Task<string> DecisionsAsync(
        [Description("at most so many, 1 to 500")] int limit = 20,
        [Description("hold, refused, approved, open, filled, partiallyfilled, rejected, cancelled or expired; all by default")]
        string? outcome = null,
        [Description("for example BTC-USD; all by default")] string? symbol = null, CancellationToken cancellation = default)
    {
        List<string> question = ["audit", "list", "--json", "--limit", Count(limit)];
        Add(question, "--outcome", outcome);
        Add(question, "--symbol", symbol);
        return _trading.AskAsync(question, cancellation);
    }

    private Task<string> TradesAsync(
        [Description("at most so many, 1 to 500")] int limit = 20,
        [Description("for example BTC-USD; all by default")] string? symbol = null, CancellationToken cancellation = default) =>
        DecisionsAsync(limit, "filled", symbol, cancellation);

    private Task<string> WhyAsync(
        [Description("trade id or its beginning, client order id, or the sequence number of an event")] string trade,
        CancellationToken cancellation) => _trading.AskAsync(["audit", "why", "--json", "--", trade], cancellation);

    private Task<string> BacktestAsync(
        [Description("first day, like 2024-03-01; all that is kept by default")] string? from = null,
        [Description("the day to end before; all that is kept by default")] string? to = null,
        [Description("the strategy's name; that of the settings by default")] string? strategy = null,
        [Description("settings that differ, by name, for example LeastConfidence: 0.7")] Dictionary<string, string>? settings = null,
        CancellationToken cancellation = default)
    {
        List<string> question = ["backtest", "--from-store", "--json", "-"];
        Add(question, "--from", from);
        Add(question, "--to", to);
        Add(question, "--strategy", strategy);
        foreach (var (name, value) in settings ?? [])
            question.AddRange(["--set", $"{name}={value}"]);
        return _trading.AskAsync(question, cancellation);
    }

    private async Task<string> WhatIfAsync(
        [Description("settings that differ, by name, for example LeastConfidence: 0.7 or MaxTradeAmountUsd: 50")]
        Dictionary<string, string> settings,
        [Description("differences from this instant on (UTC)")] string? from = null,
        [Description("differences before this instant (UTC)")] string? to = null, CancellationToken cancellation = default)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Trading = settings }), cancellation);
            List<string> question = ["audit", "replay", "--json", "--what-if", file];
            Add(question, "--from", from);
            Add(question, "--to", to);
            return await _trading.AskAsync(question, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Count(int limit) => limit is >= 1 and <= MostRows ? limit.ToString(CultureInfo.InvariantCulture)
        : throw new ModelContextProtocol.McpException($"limit must be 1 to {MostRows}, was {limit}");

    private static void Add(List<string> question, string name, string? value)
    {
        // A value of its own, whatever it begins with.
        if (!string.IsNullOrEmpty(value))
            question.Add($"{name}={value}");
    }
}
