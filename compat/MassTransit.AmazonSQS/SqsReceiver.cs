using Amazon.SQS.Model;
using MassTransit.Middleware;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>
/// Takes messages from the endpoint's queue and has them handled. One receive waits at the queue; while receives come back full, more run
/// beside it. At most PrefetchCount messages are taken and not yet handled, at most ConcurrentMessageLimit of them are handled at
/// once, and none of them becomes visible to others while it waits, is handled or is deleted. The next messages need not wait for the
/// deletion of up to 100 handled ones. A failing endpoint turns the health of the bus and is tried again until it answers.
/// </summary>
/// <remarks>
/// A stop lets the receive in progress end by itself, because SQS may hand messages to a request that was given up, and those would come
/// again only after their visibility timeout. What was received is handled to its end. When the stop's token or ConsumerStopTimeout
/// fires, handlers are cancelled and messages whose handling has not begun go back to the queue.
/// </remarks>
internal sealed class SqsReceiver : Agent, ReceiveTransportHandle, DeliveryMetrics, IAsyncDisposable
{
    private const int MostPerReceive = 10;
    private static readonly TimeSpan LongestLastReceive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(2);

    private readonly CancellationTokenSource abortReceives = new();
    private readonly CancellationTokenSource abortHandlers = new();
    private readonly SqsReceiveEndpointContext context;
    private readonly SqsReceiveEndpointConfiguration settings;
    private readonly SqsEndpointQueue endpointQueue;
    private readonly IReceivePipeDispatcher dispatcher;
    private readonly TakenMessages taken;
    private readonly SemaphoreSlim room;
    private readonly TimeProvider time;
    private readonly Task run;
    private readonly SemaphoreSlim helpers;

    internal SqsReceiver(SqsReceiveEndpointContext context, TimeProvider time)
    {
        this.context = context;
        this.time = time;
        settings = context.Configuration;
        endpointQueue = new(context);
        dispatcher = context.CreateReceivePipeDispatcher();
        room = new SemaphoreSlim(context.PrefetchCount);
        taken = new(context, dispatcher, room, time, abortHandlers.Token);
        helpers = new SemaphoreSlim(MostHelpers);
        run = Task.Run(RunAsync);
        SetReady();
        SetCompleted(run);
    }

    public long DeliveryCount => dispatcher.DispatchCount;

    public int ConcurrentDeliveryCount => dispatcher.MaxConcurrentDispatchCount;

    private SqsConnection Connection => context.Host.Connection;

    private int MostHelpers => Math.Min(context.PrefetchCount / MostPerReceive, MostPerReceive);

    Task ReceiveTransportHandle.Stop(CancellationToken cancellationToken) =>
        this.Stop("The receive endpoint is stopping", cancellationToken);

    protected override async Task StopAgent(StopContext context)
    {
        LogContext.SetCurrentIfNull(this.context.LogContext);
        abortReceives.CancelAfter(LongestLastReceive);
        if (this.context.ConsumerStopTimeout is { } timeout)
            abortHandlers.CancelAfter(timeout);
        await using var registration = context.CancellationToken.Register(() =>
        {
            abortReceives.Cancel();
            abortHandlers.Cancel();
        });
        await DisposeAsync();
        await base.StopAgent(context);
    }

    public async ValueTask DisposeAsync()
    {
        await run;
        abortReceives.Dispose();
        abortHandlers.Dispose();
    }

    private async Task RunAsync()
    {
        LogContext.SetCurrentIfNull(context.LogContext);
        try
        {
            if (!context.ReceivePipe.Connected.IsCompleted)
            {
                await context.TransportObservers.NotifyReady(context.InputAddress, isStarted: false);
                await context.ReceivePipe.Connected.WaitAsync(Stopping);
            }
            await context.DependenciesReady.WaitAsync(Stopping);
            await ReceiveThroughFailuresAsync();
        }
        catch (OperationCanceledException) when (IsStopping)
        {
        }
        await context.TransportObservers.NotifyCompleted(context.InputAddress, this);
        context.LogConsumerCompleted(DeliveryCount, ConcurrentDeliveryCount);
    }

    private async Task ReceiveThroughFailuresAsync()
    {
        var backOff = new BackOff(time);
        QueueHandle? queue = null;
        while (!IsStopping)
        {
            try
            {
                queue ??= await endpointQueue.PrepareAsync(Stopping);
                // After a failure the first receive does not wait, so that it tells at once whether the endpoint answers.
                if (!backOff.IsFirst)
                    await ReceiveAsync(queue, waitSeconds: 0);
                await RecoveredAsync(backOff);
                if (context.Host.DeployTopologyOnly)
                    await Task.Delay(Timeout.InfiniteTimeSpan, Stopping);
                while (!IsStopping)
                    if (await ReceiveAsync(queue, settings.WaitSeconds))
                        StartHelper(queue);
            }
            catch (OperationCanceledException) when (IsStopping)
            {
            }
            catch (Exception exception)
            {
                await FailedAsync(exception, backOff);
                if (exception is QueueDoesNotExistException)
                {
                    endpointQueue.Forget();
                    queue = null;
                }
                await backOff.WaitAsync(Stopping);
            }
        }
        for (var helper = 0; helper < MostHelpers; helper++)
            await helpers.WaitAsync(CancellationToken.None);
        await taken.DisposeAsync();
        if (queue is not null && settings.Queue.IsTemporary)
            await endpointQueue.DeleteAsync(abortHandlers.Token);
    }

    private async Task RecoveredAsync(BackOff backOff)
    {
        if (!backOff.IsFirst)
            LogContext.Info?.Log("Receiving from {InputAddress} again, after {Attempts} attempts", context.InputAddress, backOff.Attempts);
        backOff.Reset();
        await context.TransportObservers.NotifyReady(context.InputAddress);
    }

    private async Task FailedAsync(Exception exception, BackOff backOff)
    {
        if (backOff.IsFirst)
            LogContext.Error?.Log(exception, "Receiving from {InputAddress} failed and is tried again until it works: {Error}",
                context.InputAddress, exception.Message);
        await context.TransportObservers.NotifyFaulted(context.InputAddress, exception);
    }

    /// <summary>While receives come back full, another one runs beside the one that waits.</summary>
    private void StartHelper(QueueHandle queue)
    {
        if (helpers.Wait(0, CancellationToken.None))
            _ = HelpAsync(queue);
    }

    private async Task HelpAsync(QueueHandle queue)
    {
        try
        {
            while (!IsStopping && await ReceiveAsync(queue, waitSeconds: 0))
            {
            }
        }
        catch (Exception exception)
        {
            // The receive that waits meets the same failure and deals with it.
            LogContext.Debug?.Log(exception, "A receive beside another failed: {InputAddress}", context.InputAddress);
        }
        helpers.Release();
    }

    /// <summary>One receive of as many messages as there is room for; true when it came back full.</summary>
    private async Task<bool> ReceiveAsync(QueueHandle queue, int waitSeconds)
    {
        var wanted = await ReserveAsync();
        List<Message> messages;
        try
        {
            var response = await Connection.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue.Url)
            {
                MaxNumberOfMessages = wanted,
                WaitTimeSeconds = waitSeconds,
                MessageAttributeNames = ["All"],
                MessageSystemAttributeNames = ["All"],
            }, abortReceives.Token);
            messages = response.Messages ?? [];
        }
        catch
        {
            room.Release(wanted);
            throw;
        }
        if (messages.Count < wanted)
            room.Release(wanted - messages.Count);
        foreach (var message in messages)
            taken.Take(queue, message);
        return messages.Count == wanted;
    }

    /// <summary>Room for 1 to 10 messages; it waits a moment rather than ask SQS for few while handlers are about to end.</summary>
    private async Task<int> ReserveAsync()
    {
        await room.WaitAsync(Stopping);
        var reserved = 1;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            while (reserved < MostPerReceive && room.Wait(0, CancellationToken.None))
                reserved++;
            if (reserved == Math.Min(MostPerReceive, context.PrefetchCount) || attempt == 1)
                break;
            await Task.Delay(Linger, time, CancellationToken.None);
        }
        return reserved;
    }
}
