using Trading.Contracts;
using Trading.Core;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>What a backtest was and what came of it.</summary>
/// <param name="Plan">Settings, strategy, timing.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Trader">Who decided.</param>
/// <param name="Seconds">How long it took, reading included.</param>
/// <param name="Notes">What the data were recognised as, and which of their rows were dropped or are missing.</param>
/// <param name="Files">The data, with the SHA-256 of each file; empty for a store.</param>
/// <param name="CommandLine">The command that makes the same again.</param>
public sealed record BacktestDone(
    BacktestPlan Plan, BacktestResult Result, IBacktestTrader Trader, double Seconds, DataNotes Notes,
    IReadOnlyList<(string Path, string Sha256)> Files, string CommandLine)
{
    /// <summary>Its symbols, each as if only its orders had been, where there are several; empty for one.</summary>
    public IReadOnlyList<BacktestDone> Symbols { get; init; } = [];

    /// <summary>The symbols, also where there is only one.</summary>
    public IReadOnlyList<BacktestDone> Parts => Symbols.Count > 0 ? Symbols : [this];

    /// <summary>Orders that a limit refused, by the first rule that did; null for a rule by itself.</summary>
    public IReadOnlyDictionary<RiskRule, int>? Refusals => Trader is not PipelineTrader ? null : Parts
        .SelectMany(part => ((PipelineTrader)part.Trader).Refusals).GroupBy(entry => entry.Key)
        .OrderByDescending(rule => rule.Sum(entry => entry.Value))
        .ToDictionary(rule => rule.Key, rule => rule.Sum(entry => entry.Value));

    /// <summary>The limit that made the account reduce; null when none did.</summary>
    public LimitLatched? Latched => (Trader as PipelineTrader)?.Latched;

    /// <summary>How often the technical model's directions were right.</summary>
    public HitRate HitRate
    {
        get
        {
            var rates = Parts.Select(part => (part.Trader as PipelineTrader)?.HitRate ?? default).ToList();
            return new(rates.Sum(rate => rate.Hits), rates.Sum(rate => rate.Signals));
        }
    }
}
