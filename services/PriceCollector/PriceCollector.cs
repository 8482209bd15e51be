using System.Collections.Concurrent;
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
    IReadOnlyList<IPriceFeed> feeds, PriceSinks sinks, Backfill backfill, Leadership leadership, IBusControl bus, TradingSettings settings, TradingMetrics metrics, TimeProvider clock, ILogger<PriceCollector> log)
    : BackgroundService
{
    /// <summary>How long the first price waits for those before it.</summary>
    public static readonly TimeSpan LongestFill = TimeSpan.FromSeconds(20);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(settings.PriceIntervalSeconds);

    // The simulated feed is alone by its nature.
    private readonly ConsensusRules _rules = settings.Feed == FeedKind.Simulated ? settings.Consensus() with { Quorum = 1 } : settings.Consensus();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        await sinks.PrepareAsync(stoppingToken);
        await FillAsync(stoppingToken);
        var start = IntervalAt(clock.GetUtcNow());
        while (true)
        {
            if (await LeadsAsync(stoppingToken))
                await CollectAsync(start, stoppingToken);
            var now = clock.GetUtcNow();
            // A timer may be early by a part of a millisecond: the interval that was just observed is not observed again.
            start = start + _interval > now ? start + _interval : IntervalAt(now);
            if (start > now)
                await Task.Delay(start - now, clock, stoppingToken);
        }
    }

    // Windows are cached from the first price on, so their past is filled in before it; the rest goes on meanwhile, newest first. Simulated prices have no past.
    private async Task FillAsync(CancellationToken stopping)
    {
        if (settings.Feed == FeedKind.Simulated || settings.BackfillDays == 0 || !await LeadsAsync(stopping))
            return;
        var filling = backfill.RunAsync(settings, IntervalAt(clock.GetUtcNow()), stopping);
        await Task.WhenAny(filling, Task.Delay(LongestFill, clock, stopping));
        stopping.ThrowIfCancellationRequested();
        if (filling.IsCompleted)
            await filling;
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

    // Prices are published as soon as each is agreed on; the stores get the whole collection, what gave no price included.
    private async Task CollectAsync(DateTimeOffset start, CancellationToken cancellation)
    {
        var heard = new ConcurrentQueue<RawAnswer>();
        var prices = await Task.WhenAll(settings.Symbols.Select(symbol => ObserveAsync(symbol, start, heard, cancellation)));
        await sinks.TakeAsync(new(start, [.. prices.OfType<PriceObserved>()], [.. heard]), cancellation);
    }

    private async Task<PriceObserved?> ObserveAsync(string symbol, DateTimeOffset intervalStart, ConcurrentQueue<RawAnswer> heard, CancellationToken cancellation)
    {
        using var trace = TradingMetrics.Traces.StartActivity("observe price");
        var answers = await Task.WhenAll(feeds.Select(feed => AskAsync(feed, symbol, heard, cancellation)));
        var now = clock.GetUtcNow();
        var missing = answers.Where(answer => answer.Missing is not null).Select(answer => answer.Missing!).ToList();
        var consensus = Consensus.Of([.. answers.Where(answer => answer.Quote is not null).Select(answer => answer.Quote!)], _rules, now);
        if (consensus.Price is null)
        {
            log.LogWarning("No price of {Symbol} at {Start:u}: {Failure}; {Missing}", symbol, intervalStart, consensus.Failure, Describe(consensus, missing));
            return null;
        }

        var price = consensus.ToPrice(symbol, intervalStart, settings.PriceIntervalSeconds, now, settings.Feed == FeedKind.Simulated, missing);
        await PublishAsync(bus, sinks, price, cancellation);
        metrics.Observed(price);
        return price;
    }

    /// <summary>
    /// Publishes a price while it is written to the history; ends when both are done, so whoever hears of the next price finds this one there. The history may
    /// fail: a price that cannot be kept yet can still be traded on.
    /// </summary>
    public static async Task PublishAsync(IPublishEndpoint bus, PriceSinks sinks, PriceObserved price, CancellationToken cancellation)
    {
        var written = sinks.RecordAsync(price, cancellation);
        await bus.Publish(price, publish =>
        {
            publish.MessageId = DerivedId.Message(price.PriceId, nameof(PriceObserved));
            publish.CorrelationId = DerivedId.Trade(DerivedId.Prediction(price.PriceId));
        }, cancellation);
        await written;
    }

    private static async Task<(Quote? Quote, MissingSource? Missing)> AskAsync(IPriceFeed feed, string symbol, ConcurrentQueue<RawAnswer> heard, CancellationToken cancellation)
    {
        try
        {
            return (await feed.QuoteAsync(symbol, cancellation, answer => heard.Enqueue(new(symbol, feed.Source, answer))), null);
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
