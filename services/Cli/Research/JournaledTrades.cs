using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>The trades that a journal holds of a period.</summary>
/// <param name="Trades">The trades.</param>
/// <param name="Prices">The prices that were decided on, by time.</param>
/// <param name="First">The first of these times, in seconds since 1970.</param>
/// <param name="Last">The last.</param>
/// <param name="Knew">Where the prices begin that the first decision had seen.</param>
/// <param name="Account">The account as it was at the first price; null where it was opened later.</param>
/// <param name="Limits">The limits that it traded under; null where they were changed, or never set.</param>
internal sealed record JournaledTrades(IReadOnlyList<DriftTrade> Trades, IReadOnlyDictionary<long, decimal> Prices, long First, long Last,
    long Knew, Portfolio? Account, RiskLimits? Limits)
{
    /// <summary>Reads the trades of a journal on the settings' first symbol.</summary>
    /// <param name="settings">Which journal, account and symbol.</param>
    /// <param name="data">What the backtest runs on: nothing counts that comes after it.</param>
    /// <param name="from">Nothing counts that comes before, in seconds since 1970.</param>
    /// <param name="json">Whether progress is not shown.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BacktestException">There is no decision in the period.</exception>
    public static async Task<JournaledTrades> ReadAsync(
        TradingSettings settings, ResearchData data, long from, bool json, CancellationToken cancellation)
    {
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(
            server.ConnectionString)
        { ApplicationName = "trading drift", Pooling = false, CommandTimeout = 0 });
        var total = await JournalReader.CountAsync(database, 0, long.MaxValue, cancellation);
        var (prices, open, trades) = (new Dictionary<long, decimal>(),
            new Dictionary<string, (long At, TradeAction Side)>(), new List<DriftTrade>());
        var (account, limits, changes, knew) = (default(Portfolio), default(RiskLimits), 0, default(long?));
        await CommandProgress.RunAsync("events", total, json, async progress =>
        {
            var done = 0L;
            await foreach (var batch in JournalReader.EventsAsync(database, 0, cancellation))
            {
                foreach (var read in batch)
                    Take(read.StreamId, read.Event);
                progress.Report(done += batch.Count);
            }
            return done;
        });
        if (prices.Count == 0)
            throw new BacktestException(
                $"the journal holds no decision on {settings.Symbols[0]} within the data ({Minute(from)} to {Minute(data.To)} UTC)");
        // Limits that were changed on the way are nobody's settings.
        return new(trades, prices, prices.Keys.Min(), prices.Keys.Max(), knew ?? prices.Keys.Min() - data.Plan.IntervalSeconds,
            account, changes == 1 ? limits : null);

        void Take(string stream, object happened)
        {
            // The account as it was when the first price within the data came.
            if (prices.Count == 0 && happened is IAccountEvent before && stream == Portfolio.StreamId(settings.Account))
                account = Portfolio.Evolve(account, before);
            switch (happened)
            {
                case LimitsSet set when stream == Portfolio.StreamId(settings.Account):
                    (limits, changes) = (set.Limits, changes + 1);
                    break;
                case TradeProposed { Prediction: { Price: var price, Window.Count: var window } }:
                    // The first decision of the journal tells how far back its prices went: a recorded run begins with none.
                    if (price.Symbol == settings.Symbols[0])
                        knew ??= price.IntervalStart.ToUnixTimeSeconds() - (long)window * data.Plan.IntervalSeconds;
                    Observe(stream, price);
                    break;
                case ExitProposed { Price: var price }:
                    Observe(stream, price);
                    break;
                case TradeAssessed { Assessment: { Order: { } order } assessment }
                    when assessment.Account == settings.Account && open.TryGetValue(stream, out var proposed):
                    open[stream] = (proposed.At, order.Side);
                    break;
                case TradeAssessed:
                    open.Remove(stream);
                    break;
                case TradeClosed { Execution: var execution } when open.Remove(stream, out var trade) && execution.FilledQuantity > 0:
                    trades.Add(new(trade.At, trade.Side, execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd));
                    break;
            }
        }

        void Observe(string stream, PriceObserved price)
        {
            var at = price.IntervalStart.ToUnixTimeSeconds();
            if (price.Symbol != settings.Symbols[0] || at < from || at > data.To)
                return;
            prices[at] = price.Price;
            open[stream] = (at, TradeAction.Hold);
        }
    }
}
