using System.Text.Json;
using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Background;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.MarketData;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>
/// Plays recorded candles, or the demo's simulated market, through the same services, bus and journal as live prices. The process's clock
/// follows the data, and the program ends with it.
/// </summary>
public sealed class RecordedRun(
    DecisionGate gate, PriceSinks sinks, IPriceHistory history, IBusControl bus, TradingSettings settings, TradingMetrics metrics,
    Supervision supervision, DataClock clock, EarlyEnd end, IHostApplicationLifetime host, ILogger<RecordedRun> log)
    : BackgroundWork("recorded-run", supervision, log)
{
    private const int SecondsPerDay = 86_400;

    /// <summary>How long a decision may take, in real time, before the run ends with an error.</summary>
    public static readonly TimeSpan DecisionTimeout = TimeSpan.FromMinutes(2);

    // One for each symbol, in the order of the settings.
    private readonly IReadOnlyList<IPlayedPrices> _feeds = [.. settings.Symbols.Select(symbol => settings.Feed == FeedKind.Demo
        ? (IPlayedPrices)new DemoPrices(settings.Seed, symbol, settings.PriceIntervalSeconds, settings.From, settings.To)
        : Recorded(settings, symbol))];

    /// <summary>Whether all of the data was played.</summary>
    public bool Completed { get; private set; }

    /// <summary>Prices played so far.</summary>
    public long Prices { get; private set; }

    /// <summary>Rows of the data that could not be used.</summary>
    public long Refused => _feeds.Sum(feed => feed.RefusedCount);

    /// <summary>The first of the rows that could not be used.</summary>
    public IReadOnlyList<RefusedRow> RefusedRows => [.. _feeds.SelectMany(feed => feed.Refused)];

    /// <summary>Counts the prices of the data, on a thread of its own; rows that cannot be used are not among them.</summary>
    public Task<long> CountAsync(CancellationToken cancellation) => Task.Run(() =>
    {
        var count = 0L;
        foreach (var symbol in settings.Symbols)
        {
            using var all = Recorded(settings, symbol);
            count += all.Quotes().TakeWhile(_ => !cancellation.IsCancellationRequested).LongCount();
        }
        return count;
    }, CancellationToken.None);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var feed in _feeds)
            feed.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => null;

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stopping);
        await sinks.PrepareAsync(stopping);
        foreach (var demo in _feeds.OfType<DemoPrices>())
            await history.BackfillAsync(demo.Past(), stopping);
        foreach (var symbol in settings.Symbols)
            await RememberAsync(symbol, stopping);
        await PlayAsync(stopping);
        host.StopApplication();
    }

    /// <summary>A recording cannot be played on from its middle: the program ends with any failure.</summary>
    protected override bool EndsProgram(Exception failure)
    {
        if (failure is CandleFileException)
            end.Because(new(failure.Message));
        else if (failure is StartException stuck)
            end.Because(stuck);
        return true;
    }

    // What the data hold from before the first price gives the daily closes that a strategy follows from.
    private async Task RememberAsync(string symbol, CancellationToken stopping)
    {
        if (settings.Feed != FeedKind.Recorded || settings.From is not { } from || settings.NewStrategy()?.Days is not (> 0 and var days))
            return;
        using var earlier = new RecordedFeed(symbol, NamedFiles.PathsOf(settings.Data, symbol), from.AddDays(-days - 2), from);
        var closes = new SortedDictionary<long, decimal>();
        try
        {
            foreach (var quote in earlier.Quotes())
            {
                if (quote.QuotedAt.ToUnixTimeSeconds() is var at && at % SecondsPerDay == 0)
                    closes[at] = quote.Price;
            }
        }
        catch (CandleFileException)
        {
            // Nothing from before the first price, or a damage that playing will name.
        }
        await history.BackfillAsync([.. closes.Select(close => new StoredPrice(symbol, SecondsPerDay, close.Key, close.Value,
            earlier.Currency, false, null, null, null, [RecordedFeed.Name]))], stopping);
    }

    private async Task PlayAsync(CancellationToken stoppingToken)
    {
        var real = TimeProvider.System;
        var (begin, firstTime) = (real.GetTimestamp(), default(DateTimeOffset?));
        foreach (var (feed, quote) in Merged())
        {
            firstTime ??= quote.QuotedAt;
            if (settings.SpeedFactor() is { } factor)
            {
                var due = (quote.QuotedAt - firstTime.Value) / factor - real.GetElapsedTime(begin);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, stoppingToken);
            }
            clock.AdvanceTo(quote.QuotedAt);
            await PlayAsync(feed, quote, stoppingToken);
        }

        await sinks.DrainAsync(stoppingToken);
        Completed = true;
    }

    // By time, and at the same time in the order of the symbols.
    private IEnumerable<(IPlayedPrices Feed, Quote Quote)> Merged()
    {
        var feeds = new List<(IPlayedPrices Feed, IEnumerator<Quote> Quotes)>();
        try
        {
            foreach (var feed in _feeds)
            {
                feeds.Add((feed, feed.Quotes().GetEnumerator()));
                if (!feeds[^1].Quotes.MoveNext())
                    feeds.RemoveAt(feeds.Count - 1);
            }
            while (feeds.Count > 0)
            {
                var first = feeds.MinBy(one => one.Quotes.Current.QuotedAt);
                yield return (first.Feed, first.Quotes.Current);
                if (!first.Quotes.MoveNext())
                    feeds.Remove(first);
            }
        }
        finally
        {
            feeds.ForEach(one => one.Quotes.Dispose());
        }
    }

    private static RecordedFeed Recorded(TradingSettings settings, string symbol) =>
        new(symbol, NamedFiles.PathsOf(settings.Data, symbol), settings.From, settings.To);

    // A recording has no original answer, so the quote of its row is stored instead.
    private static RawAnswer Raw(PriceObserved price)
    {
        var quote = price.Quotes[0].Quote;
        return new(price.Symbol, quote.Source,
            new("", 0, price.ObservedAt, JsonSerializer.SerializeToUtf8Bytes(quote, JsonSerializerOptions.Web)));
    }

    private async Task PlayAsync(IPlayedPrices feed, Quote quote, CancellationToken cancellation)
    {
        var rules = settings.Consensus() with { Quorum = 1, Currencies = [feed.Currency] };
        var consensus = Consensus.Of([quote], rules, quote.QuotedAt);
        if (consensus.Price is null)
        {
            log.LogWarning("The price {Price} at {Time:u} is not plausible and is skipped", quote.Price, quote.QuotedAt);
            return;
        }

        using var trace = TradingMetrics.Traces.StartActivity("observe price");
        var price = consensus.ToPrice(feed.Symbol, quote.QuotedAt, settings.PriceIntervalSeconds, quote.QuotedAt,
            settings.Feed.IsSimulated(), []);
        // The run waits after every price: without a decision it may still cause an exit.
        var decided = gate.Expect(price.PriceId);
        await PriceCollector.PublishAsync(bus, sinks, price, cancellation);
        await sinks.TakeAsync(new(price.IntervalStart, [price], [Raw(price)]), cancellation);
        metrics.Observed(price);
        try
        {
            await decided.WaitAsync(DecisionTimeout, TimeProvider.System, cancellation);
        }
        catch (TimeoutException)
        {
            throw new StartException(
                $"there was no decision on the price at {quote.QuotedAt:u} within {DecisionTimeout.TotalSeconds} s; the log says why", 1);
        }
        Prices++;
    }
}
