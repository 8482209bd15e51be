using MassTransit;
using Trading.Contracts;

namespace Trading.Hosting.Messaging;

/// <summary>
/// The clock of a recorded run: its time is that of the newest price. Timers run in real time, because waiting does not depend on the data.
/// </summary>
public sealed class DataClock : TimeProvider
{
    private long _utcTicks = DateTimeOffset.UnixEpoch.UtcTicks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _utcTicks), TimeSpan.Zero);

    /// <summary>Moves the clock forward; a time that has passed changes nothing.</summary>
    public void AdvanceTo(DateTimeOffset time)
    {
        var current = Volatile.Read(ref _utcTicks);
        while (time.UtcTicks > current)
        {
            var seen = Interlocked.CompareExchange(ref _utcTicks, time.UtcTicks, current);
            if (seen == current)
                return;
            current = seen;
        }
    }
}

/// <summary>
/// Moves the data's clock to the time of each message's price, also in processes that do not read the data.
/// </summary>
public sealed class DataClockFilter<T>(DataClock clock) : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <inheritdoc/>
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        var price = context.Message switch
        {
            PriceObserved observed => observed,
            PredictionMade prediction => prediction.Price,
            RiskAssessed assessed => assessed.Cause(),
            TradeExecuted executed => executed.Decision.Cause(),
            _ => null,
        };
        if (price is not null)
            clock.AdvanceTo(price.ObservedAt);
        return next.Send(context);
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("dataClock");
}
