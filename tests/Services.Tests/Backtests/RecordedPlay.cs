using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Feeds;
using Trading.TestKit.Data;

namespace Trading.Services.Tests.Backtests;

/// <summary>Recorded prices through the reference pipeline, and what a run came to.</summary>
internal sealed record RecordedPlay(RunSummary Summary, Portfolio Account, IReadOnlyList<PipelineStep> Exits,
    decimal WorstDayUsd, decimal WorstDayStartUsd)
{
    internal static RecordedPlay Of(string file, TradingSettings settings, RiskLimits limits)
    {
        var account = Opened(settings, limits);
        var pipeline = new ReferencePipeline("BTC-USD", settings.Pipeline(), account, accountVersion: 2);
        var (summary, exits) = (new RunSummary(), new List<PipelineStep>());
        var (day, dayStart, worst, worstStart) = (default(DateOnly), settings.StartingCashUsd, 0m, settings.StartingCashUsd);
        foreach (var price in Prices(file, settings, null, null))
        {
            var today = DateOnly.FromDateTime(price.ObservedAt.UtcDateTime);
            var equity = pipeline.Account.EquityUsd(price.Symbol, price.Price);
            if (today != day)
                (day, dayStart) = (today, equity);
            foreach (var step in pipeline.Step(price))
            {
                Trade.Assess(step.Assessed).ToList().ForEach(summary.Add);
                if (step.Executed is { Execution: var execution })
                    summary.Add(new TradeClosed(execution));
                if (step.Assessed.Assessment.Exit is not null)
                    exits.Add(step);
            }
            if (dayStart - equity > worst)
                (worst, worstStart) = (dayStart - equity, dayStart);
        }
        return new(summary, pipeline.Account, exits, worst, worstStart);
    }

    internal static string Words(string what, RecordedPlay run) => FormattableString.Invariant(
        $"{what}: equity {run.Summary.EndEquityUsd:N2} of {run.Summary.StartEquityUsd:N2}, fees {run.Summary.FeesUsd:N2}, ")
        + FormattableString.Invariant($"max drawdown {run.Summary.MaxDrawdown * 100:0.00} %, worst day {run.WorstDayUsd:N2}, ")
        + FormattableString.Invariant($"{run.Account.TradesSettled} trades, exits: ")
        + FormattableString.Invariant(
            $"{Counted(run.Exits.Select(step => step.Assessed.Assessment.Exit!.Reason))}; ")
        + FormattableString.Invariant($"refused {string.Join(", ", run.Summary.Refusals.Select(rule => $"{rule.Key} {rule.Value}"))}");

    internal static string Counted<T>(IEnumerable<T> things) =>
        string.Join(", ", things.GroupBy(thing => thing).Select(group => FormattableString.Invariant($"{group.Key} {group.Count()}")));

    internal static Portfolio Opened(TradingSettings settings, RiskLimits limits) => Portfolio.Evolve(
        Portfolio.Evolve(null, new AccountOpened("main", "recorded", settings.StartingCashUsd, DateTimeOffset.UnixEpoch)),
        new LimitsSet(1, limits, "settings", "", DateTimeOffset.UnixEpoch));

    internal static IEnumerable<PriceObserved> Prices(string file, TradingSettings settings, DateTimeOffset? from, DateTimeOffset? to)
    {
        using var feed = new RecordedFeed("BTC-USD", [SharedData.Path(file)], from, to);
        var rules = settings.Consensus() with { Quorum = 1, Currencies = [feed.Currency] };
        foreach (var quote in feed.Quotes())
            yield return Consensus.Of([quote], rules, quote.QuotedAt)
                .ToPrice("BTC-USD", quote.QuotedAt, settings.PriceIntervalSeconds, quote.QuotedAt, false, []);
    }
}
