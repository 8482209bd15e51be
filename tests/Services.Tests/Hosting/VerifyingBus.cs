using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.TestKit.Programs;

namespace Trading.Services.Tests.Hosting;

/// <summary>A bus that verifies and does not sign, so that a test can send what it likes.</summary>
internal sealed class VerifyingBus(ServiceProvider services) : IAsyncDisposable, IReceiveObserver
{
    private volatile Asked _asked = new();

    public static async Task<VerifyingBus> StartAsync(MessageKeys keys)
    {
        var collection = new ServiceCollection().AddLogging().AddSingleton(keys).AddSingleton(Works.Metrics());
        collection.AddMassTransit(configurator =>
        {
            configurator.DisableUsageTelemetry();
            configurator.AddConsumer<PriceConsumer>();
            configurator.UsingInMemory((context, transport) =>
            {
                transport.UseConsumeFilter(typeof(VerifyingFilter<>), context);
                transport.ConfigureEndpoints(context);
            });
        });
        var provider = collection.BuildServiceProvider();
        var (bus, receiver) = (provider.GetRequiredService<IBusControl>(), new VerifyingBus(provider));
        bus.ConnectReceiveObserver(receiver);
        await bus.StartAsync();
        return receiver;
    }

    public async Task<bool> IsTakenAsync(PriceObserved price, string? header)
    {
        var asked = _asked = new();
        await services.GetRequiredService<IBusControl>().Publish(price, publish =>
        {
            publish.MessageId = asked.Id;
            if (header is not null)
                publish.Headers.Set(MessageMac.Header, header);
        });
        return await asked.Ended.Task.WaitAsync(HangGuard.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await services.GetRequiredService<IBusControl>().StopAsync();
        await services.DisposeAsync();
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    // A message that no consumer got was refused.
    public Task PostReceive(ReceiveContext context) => End(context, _asked.Consumed);

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class
    {
        if (context.MessageId == _asked.Id)
            _asked.Consumed = true;
        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    public Task ReceiveFault(ReceiveContext context, Exception exception) => End(context, false);

    private Task End(ReceiveContext context, bool taken)
    {
        if (context.GetMessageId() == _asked.Id)
            _asked.Ended.TrySetResult(taken);
        return Task.CompletedTask;
    }

    public sealed class PriceConsumer : IConsumer<PriceObserved>
    {
        public Task Consume(ConsumeContext<PriceObserved> context) => Task.CompletedTask;
    }

    // What became of the message that is asked about: observers may still hear of the one before.
    private sealed class Asked
    {
        public Guid Id { get; } = Guid.NewGuid();

        public TaskCompletionSource<bool> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool Consumed;
    }
}
