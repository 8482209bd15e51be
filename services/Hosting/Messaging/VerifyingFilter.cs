using MassTransit;
using Trading.Contracts;
using Trading.Hosting.Telemetry;

namespace Trading.Hosting.Messaging;

/// <summary>Refuses a message without a valid MAC before anything of it is used.</summary>
public sealed class VerifyingFilter<T>(MessageKeys keys, TradingMetrics metrics) : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">Nobody who has a key sent this message.</exception>
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        if (typeof(T).Namespace == typeof(PriceObserved).Namespace && await WrongAsync(context) is { } wrong)
        {
            metrics.Refused(typeof(T).Name, "mac");
            throw new ImpossibleMessageException($"{typeof(T).Name}: {wrong}");
        }
        await next.Send(context);
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("verifying");

    private async Task<string?> WrongAsync(ConsumeContext<T> context)
    {
        var header = context.Headers.Get<string>(MessageMac.Header);
        return MessageMac.KeyId(header) is not { } id ? $"it has no header {MessageMac.Header}"
            : await keys.FindAsync(id, context.CancellationToken) is not { } key ? $"its key {id} is not in Trading:MessageKeySecret"
            : MessageMac.IsValid<T>(header!, key, context.ReceiveContext.GetBody()) ? null
            : $"its {MessageMac.Header} does not fit what it says";
    }
}
