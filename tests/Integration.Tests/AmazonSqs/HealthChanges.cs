using MassTransit;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>How an endpoint fared.</summary>
internal sealed class HealthChanges : IReceiveEndpointObserver
{
    private readonly System.Threading.Channels.Channel<Exception> faults =
        System.Threading.Channels.Channel.CreateUnbounded<Exception>();
    private TaskCompletionSource ready = new();

    internal async Task<Exception> Faulted() => await faults.Reader.ReadAsync().AsTask().WaitAsync(HangGuard.Limit);

    internal Task Ready() => ready.Task.WaitAsync(HangGuard.Limit);

    Task IReceiveEndpointObserver.Ready(ReceiveEndpointReady endpoint)
    {
        ready.TrySetResult();
        return Task.CompletedTask;
    }

    Task IReceiveEndpointObserver.Faulted(ReceiveEndpointFaulted faulted)
    {
        ready = new TaskCompletionSource();
        faults.Writer.TryWrite(faulted.Exception!);
        return Task.CompletedTask;
    }

    Task IReceiveEndpointObserver.Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    Task IReceiveEndpointObserver.Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
