using MassTransit;
using Trading.Contracts;

namespace Trading.Hosting.Messaging;

/// <summary>Puts the MAC on each message of this system that is published.</summary>
public sealed class SigningFilter<T>(MessageKeys keys) : IFilter<PublishContext<T>>
    where T : class
{
    /// <inheritdoc/>
    public async Task Send(PublishContext<T> context, IPipe<PublishContext<T>> next)
    {
        if (typeof(T).Namespace == typeof(PriceObserved).Namespace)
            context.Headers.Set(MessageMac.Header, MessageMac.Of(context.Message, await keys.SigningAsync(context.CancellationToken)));
        await next.Send(context);
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("signing");
}
