using System.Collections.Concurrent;
using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Postgres;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>
/// Queries all sources at the start of each interval, in one replica at a time, forms the consensus price, publishes it and writes it to
/// the history. The price names failed sources. Without a quorum the interval has no price.
/// </summary>
public sealed class PriceCollector(
    IReadOnlyList<IPriceFeed> feeds, PriceSinks sinks, Backfill backfill, Leadership leadership, IBusControl bus, TradingSettings settings,
    TradingMetrics metrics, Supervision supervision, TimeProvider clock, ILogger<PriceCollector> log)
    : BackgroundWork("price-collection", supervision, log)
{
    /// <summary>How long the first price waits for the back-fill of the prices before it.</summary>
    public static readonly TimeSpan LongestFill = TimeSpan.FromSeconds(20);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(settings.PriceIntervalSeconds);

    // The simulated feed is a single source.
    private readonly ConsensusRules _rules = settings.Feed == FeedKind.Simulated
        ? settings.Consensus() with { Quorum = 1 } : settings.Consensus();

    // The interval that was collected last, or tried to; null before the first.
    private DateTimeOffset? _last;

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.Zero;

    /// <summary>
    /// Waits for the next interval and collects its prices. After a failure too, no interval is collected before it begins.
    /// </summary>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        if (_last is null)
        {
            await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stopping);
            await sinks.PrepareAsync(stopping);
            await FillAsync(stopping);
        }
        var now = clock.GetUtcNow();
        var (start, wait) = _last is { } last ? PriceSchedule.After(last, now, _interval) : (IntervalAt(now), TimeSpan.Zero);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, stopping);
        // Whatever happens, the same interval is not collected again.
        _last = start;
        if (await LeadsAsync(stopping))
            await CollectAsync(start, stopping);
    }

    // Windows are cached from the first price on, so the prices before it are filled in first; the rest follows in the background, newest
    // first. Simulated prices have no past.
    private async Task FillAsync(CancellationToken stopping)
    {
        if (settings.Feed == FeedKind.Simulated || settings.BackfillDays == 0 || !await LeadsAsync(stopping))
            return;
        var now = IntervalAt(clock.GetUtcNow());
        var filling = Supervision.RunAsync(new("back-fill", token => backfill.RunAsync(settings, now, token), null, log), stopping);
        await Task.WhenAny(filling, Task.Delay(LongestFill, clock, stopping));
        stopping.ThrowIfCancellationRequested();
    }

    private DateTimeOffset IntervalAt(DateTimeOffset now) => PriceSchedule.At(now, _interval);

    // Without the database the leader is unknown, so this replica collects: a price observed twice is harmless, a missing price is not.
    private async Task<bool> LeadsAsync(CancellationToken cancellation)
    {
        try
        {
            return await leadership.HoldAsync(cancellation);
        }
        catch (Npgsql.NpgsqlException unreachable)
        {
            log.LogWarning("This replica collects, though another one may lead: {Reason}", unreachable.Message);
            return true;
        }
    }

    // Each price is published as soon as it is known; the stores get the whole collection, with the answers that gave no price.
    private async Task CollectAsync(DateTimeOffset start, CancellationToken cancellation)
    {
        var heard = new ConcurrentQueue<RawAnswer>();
        var prices = await Task.WhenAll(settings.Symbols.Select(symbol => ObserveAsync(symbol, start, heard, cancellation)));
        await sinks.TakeAsync(new(start, [.. prices.OfType<PriceObserved>()], [.. heard]), cancellation);
    }

    private async Task<PriceObserved?> ObserveAsync(string symbol, DateTimeOffset intervalStart, ConcurrentQueue<RawAnswer> heard,
        CancellationToken cancellation)
    {
        using var trace = TradingMetrics.Traces.StartActivity("observe price");
        var answers = await Task.WhenAll(feeds.Select(feed => AskAsync(feed, symbol, heard, cancellation)));
        var now = clock.GetUtcNow();
        var missing = answers.Where(answer => answer.Missing is not null).Select(answer => answer.Missing!).ToList();
        var consensus = Consensus.Of([.. answers.Where(answer => answer.Quote is not null).Select(answer => answer.Quote!)], _rules, now);
        if (consensus.Price is null)
        {
            log.LogWarning("No price of {Symbol} at {Start:u}: {Failure}; {Missing}", symbol, intervalStart,
                consensus.Failure, Describe(consensus, missing));
            return null;
        }

        var price = consensus.ToPrice(symbol, intervalStart, settings.PriceIntervalSeconds, now,
            settings.Feed == FeedKind.Simulated, missing);
        await PublishAsync(bus, sinks, price, cancellation);
        metrics.Observed(price);
        return price;
    }

    /// <summary>
    /// Publishes a price and writes it to the history at the same time; ends when both are done, so consumers of the next price find this
    /// one in the history. The history may fail: a price that is not stored yet can still be traded on.
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

    private static async Task<(Quote? Quote, MissingSource? Missing)> AskAsync(
        IPriceFeed feed, string symbol, ConcurrentQueue<RawAnswer> heard, CancellationToken cancellation)
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
        .. consensus.Quotes.Where(quote => quote.LeftOut is not null)
            .Select(quote => $"{quote.Quote.Source}: {quote.Quote.Price} left out ({quote.LeftOut})")]);
}
