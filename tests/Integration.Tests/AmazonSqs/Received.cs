using MassTransit;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>Messages that a handler was given.</summary>
internal sealed class Received<T> where T : class
{
    private readonly System.Threading.Channels.Channel<ConsumeContext<T>> messages =
        System.Threading.Channels.Channel.CreateUnbounded<ConsumeContext<T>>();

    internal void HandleIn(IReceiveEndpointConfigurator endpoint) => endpoint.Handler<T>(Handle);

    internal Task Handle(ConsumeContext<T> context) => messages.Writer.WriteAsync(context).AsTask();

    internal async Task<ConsumeContext<T>> Next() => await messages.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);
}
