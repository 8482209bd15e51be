namespace MassTransit.AmazonSqsTransport;

/// <summary>Tells the connection that the bus is about to stop, before its endpoints are stopped.</summary>
internal sealed class StopObserver(SqsHostConfiguration host) : IBusObserver
{
    public Task PreStop(IBus bus)
    {
        host.Connection.StopRepeatingSoon();
        return Task.CompletedTask;
    }

    public void PostCreate(IBus bus)
    {
    }

    public void CreateFaulted(Exception exception)
    {
    }

    public Task PreStart(IBus bus) => Task.CompletedTask;

    public Task PostStart(IBus bus, Task<BusReady> busReady) => Task.CompletedTask;

    public Task StartFaulted(IBus bus, Exception exception) => Task.CompletedTask;

    public Task PostStop(IBus bus) => Task.CompletedTask;

    public Task StopFaulted(IBus bus, Exception exception) => Task.CompletedTask;
}
