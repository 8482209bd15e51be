using MassTransit;
using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;

namespace Trading.Hosting.Messaging;

/// <summary>
/// Refuses what no service of this system would say now, even when its signature is right: a time further ahead than clocks may
/// differ, or a symbol that is not traded.
/// </summary>
public sealed class BeliefFilter<T>(TradingSettings settings, SenderClocks clocks, TradingMetrics metrics, TimeProvider clock)
    : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">A part of the message is not believed.</exception>
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        if (Parts(context.Message) is not var (symbol, at))
            return next.Send(context);
        // Of another symbol nothing is bought anyway: the decision on its prediction is a recorded refusal.
        if (context.Message is PriceObserved && !settings.Symbols.Contains(symbol) && !settings.AllowedSymbols.Contains(symbol))
            throw Refused("symbol",
                $"{symbol} is not in Trading:Symbols ({string.Join(',', settings.Symbols)}) or Trading:AllowedSymbols");
        // A recorded run takes its time from the messages.
        if (settings.Feed == FeedKind.Recorded)
            return next.Send(context);
        var ahead = at - clock.GetUtcNow();
        var allowed = SenderClocks.MostAhead + clocks.Note(typeof(T).Name, context.SentTime);
        return ahead <= allowed ? next.Send(context)
            : throw Refused("time", FormattableString.Invariant($"its time {at:u} lies {ahead.TotalSeconds:0} s ahead of this clock"));
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("belief");

    private ImpossibleMessageException Refused(string why, string text)
    {
        metrics.Refused(typeof(T).Name, why);
        return new($"{typeof(T).Name}: {text}");
    }

    // Symbol and latest time. Later messages are looked up in the journal by their id, and nothing in them is used.
    private static (string Symbol, DateTimeOffset At)? Parts(T message) => message switch
    {
        PriceObserved price => (price.Symbol, Latest(price.ObservedAt, price.IntervalStart)),
        PredictionMade { Price: var price } prediction =>
            (price.Symbol, Latest(Latest(price.ObservedAt, price.IntervalStart), prediction.MadeAt)),
        _ => null,
    };

    private static DateTimeOffset Latest(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
