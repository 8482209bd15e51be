using System.Text.Json;
using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Services.Feeds;

namespace Trading.Services;

/// <summary>
/// Plays recorded candles through the same services, bus and journal as live prices. The data's time is the process's time; the program ends with the data.
/// </summary>
public sealed class RecordedRun(
    DecisionGate gate, PriceSinks sinks, IBusControl bus, TradingSettings settings, TradingMetrics metrics, DataClock clock, EarlyEnd end, IHostApplicationLifetime host, ILogger<RecordedRun> log)
    : BackgroundService
{
    /// <summary>How long a decision may take, in real time, before the run is given up.</summary>
    public static readonly TimeSpan DecisionTimeout = TimeSpan.FromMinutes(2);

    private readonly RecordedFeed _feed = new(settings.Symbols[0], settings.Data, settings.From, settings.To);

    /// <summary>Whether all of the data was played.</summary>
    public bool Completed { get; private set; }

    /// <summary>Prices played so far.</summary>
    public long Prices { get; private set; }

    /// <summary>Rows of the data that could not be used.</summary>
    public long Refused => _feed.RefusedCount;

    /// <summary>The first of the rows that could not be used.</summary>
    public IReadOnlyList<RefusedRow> RefusedRows => _feed.Refused;

    /// <summary>How much of the data has been played, 0 to 1.</summary>
    public double Fraction => Completed ? 1 : _feed.FractionRead;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _feed.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        try
        {
            await sinks.PrepareAsync(stoppingToken);
            await PlayAsync(stoppingToken);
            host.StopApplication();
        }
        catch (CandleFileException damaged)
        {
            end.Because(new(damaged.Message));
        }
        catch (StartException stuck)
        {
            end.Because(stuck);
        }
    }

    private async Task PlayAsync(CancellationToken stoppingToken)
    {
        var rules = settings.Consensus() with { Quorum = 1, Currencies = [_feed.Currency] };
        var real = TimeProvider.System;
        var (begin, firstTime) = (real.GetTimestamp(), default(DateTimeOffset?));
        foreach (var quote in _feed.Quotes())
        {
            firstTime ??= quote.QuotedAt;
            if (settings.SpeedFactor() is { } factor)
            {
                var due = (quote.QuotedAt - firstTime.Value) / factor - real.GetElapsedTime(begin);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, stoppingToken);
            }
            clock.AdvanceTo(quote.QuotedAt);
            await PlayAsync(quote, rules, stoppingToken);
        }

        await sinks.DrainAsync(stoppingToken);
        Completed = true;
    }

    // A recording has no answer as it once came: the quote that was made of its row stands in its place.
    private static RawAnswer Raw(PriceObserved price)
    {
        var quote = price.Quotes[0].Quote;
        return new(price.Symbol, quote.Source, new("", 0, price.ObservedAt, JsonSerializer.SerializeToUtf8Bytes(quote, JsonSerializerOptions.Web)));
    }

    private async Task PlayAsync(Quote quote, ConsensusRules rules, CancellationToken cancellation)
    {
        var consensus = Consensus.Of([quote], rules, quote.QuotedAt);
        if (consensus.Price is null)
        {
            log.LogWarning("The price {Price} at {Time:u} is not plausible and is left out", quote.Price, quote.QuotedAt);
            return;
        }

        using var trace = TradingMetrics.Traces.StartActivity("observe price");
        var price = consensus.ToPrice(settings.Symbols[0], quote.QuotedAt, settings.PriceIntervalSeconds, quote.QuotedAt, false, []);
        // Every price is waited for: where no decision is due at it, it may still make the account leave a position.
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
            throw new StartException($"there was no decision on the price at {quote.QuotedAt:u} within {DecisionTimeout.TotalSeconds} s; the log says why", 1);
        }
        Prices++;
    }
}
