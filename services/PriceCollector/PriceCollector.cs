using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>
/// Asks all sources at the start of each interval, in one replica at a time, agrees on a price, publishes it and writes it to the history. A source that fails is named in the price; without a
/// quorum there is no price for the interval, and the next one is tried.
/// </summary>
public sealed class PriceCollector(
    IReadOnlyList<IPriceFeed> feeds, PriceHistory history, Leadership leadership, IBusControl bus, TradingSettings settings, TradingMetrics metrics, TimeProvider clock, ILogger<PriceCollector> log)
    : BackgroundService
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(settings.PriceIntervalSeconds);

    // The simulated feed is alone by its nature.
    private readonly ConsensusRules _rules = settings.Feed == FeedKind.Simulated ? settings.Consensus() with { Quorum = 1 } : settings.Consensus();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        var start = IntervalAt(clock.GetUtcNow());
        while (true)
        {
            if (await LeadsAsync(stoppingToken))
                await Task.WhenAll(settings.Symbols.Select(symbol => ObserveAsync(symbol, start, stoppingToken)));
            var now = clock.GetUtcNow();
            // A timer may be early by a part of a millisecond: the interval that was just observed is not observed again.
            start = start + _interval > now ? start + _interval : IntervalAt(now);
            if (start > now)
                await Task.Delay(start - now, clock, stoppingToken);
        }
    }

    private DateTimeOffset IntervalAt(DateTimeOffset now) => new(now.UtcTicks - now.UtcTicks % _interval.Ticks, TimeSpan.Zero);

    // Without the database nobody can know who leads; a price observed twice is harmless, no price at all is not.
    private async Task<bool> LeadsAsync(CancellationToken cancellation)
    {
        try
        {
            return await leadership.HoldAsync(cancellation);
        }
        catch (Npgsql.NpgsqlException unreachable)
        {
            log.LogWarning("Whether this replica collects alone cannot be told: {Reason}", unreachable.Message);
            return true;
        }
    }

    private async Task ObserveAsync(string symbol, DateTimeOffset intervalStart, CancellationToken cancellation)
    {
        using var trace = TradingMetrics.Traces.StartActivity("observe price");
        var answers = await Task.WhenAll(feeds.Select(feed => AskAsync(feed, symbol, cancellation)));
        var now = clock.GetUtcNow();
        var missing = answers.Where(answer => answer.Missing is not null).Select(answer => answer.Missing!).ToList();
        var consensus = Consensus.Of([.. answers.Where(answer => answer.Quote is not null).Select(answer => answer.Quote!)], _rules, now);
        if (consensus.Price is null)
        {
            log.LogWarning("No price of {Symbol} at {Start:u}: {Failure}; {Missing}", symbol, intervalStart, consensus.Failure, Describe(consensus, missing));
            return;
        }

        var price = consensus.ToPrice(symbol, intervalStart, settings.PriceIntervalSeconds, now, settings.Feed == FeedKind.Simulated, missing);
        await PublishAsync(bus, history, price, log, cancellation);
        metrics.Observed(price);
    }

    /// <summary>
    /// Publishes a price while it is written to the history; ends when both are done, so whoever hears of the next price finds this one there. The history may
    /// fail: a price that cannot be kept can still be traded on.
    /// </summary>
    public static async Task PublishAsync(IPublishEndpoint bus, PriceHistory history, PriceObserved price, ILogger log, CancellationToken cancellation)
    {
        var written = history.AddAsync(price, cancellation);
        await bus.Publish(price, publish =>
        {
            publish.MessageId = DerivedId.Message(price.PriceId, nameof(PriceObserved));
            publish.CorrelationId = DerivedId.Trade(DerivedId.Prediction(price.PriceId));
        }, cancellation);
        try
        {
            await written;
        }
        catch (Npgsql.NpgsqlException unreachable)
        {
            log.LogWarning("The price of {Symbol} at {Start:u} is not in the history: {Reason}", price.Symbol, price.IntervalStart, unreachable.Message);
        }
    }

    private static async Task<(Quote? Quote, MissingSource? Missing)> AskAsync(IPriceFeed feed, string symbol, CancellationToken cancellation)
    {
        try
        {
            return (await feed.QuoteAsync(symbol, cancellation), null);
        }
        catch (PriceFeedException failure)
        {
            return (null, new(feed.Source, failure.Message));
        }
    }

    private static string Describe(Consensus consensus, List<MissingSource> missing) => string.Join("; ", [
        .. missing.Select(source => $"{source.Source}: {source.Reason}"),
        .. consensus.Quotes.Where(quote => quote.LeftOut is not null).Select(quote => $"{quote.Quote.Source}: {quote.Quote.Price} left out ({quote.LeftOut})")]);
}
