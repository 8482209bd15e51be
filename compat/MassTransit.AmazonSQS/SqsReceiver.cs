using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.SQS.Model;
using MassTransit.Middleware;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

internal sealed class SqsReceiveTransport(SqsReceiveEndpointContext context) : IReceiveTransport
{
    public ReceiveTransportHandle Start() => new SqsReceiver(context, TimeProvider.System);

    public void Probe(ProbeContext probe) => context.Probe(probe.CreateScope("receiveTransport"));

    public ConnectHandle ConnectReceiveObserver(IReceiveObserver observer) => context.ConnectReceiveObserver(observer);

    public ConnectHandle ConnectPublishObserver(IPublishObserver observer) => context.ConnectPublishObserver(observer);

    public ConnectHandle ConnectSendObserver(ISendObserver observer) => context.ConnectSendObserver(observer);

    public ConnectHandle ConnectReceiveTransportObserver(IReceiveTransportObserver observer) =>
        context.ConnectReceiveTransportObserver(observer);
}

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
    private const int MostDeletions = 100;
    private static readonly TimeSpan LongestLastReceive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GraceAfterAbort = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentDictionary<string, ReceivedMessage> taken = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource abortReceives = new();
    private readonly CancellationTokenSource abortHandlers = new();
    private readonly SqsReceiveEndpointContext context;
    private readonly SqsReceiveEndpointConfiguration settings;
    private readonly IReceivePipeDispatcher dispatcher;
    private readonly SemaphoreSlim room;
    private readonly SemaphoreSlim concurrency;
    private readonly SemaphoreSlim deletions = new(MostDeletions);
    private readonly TimeProvider time;
    private readonly Task run;
    private readonly SemaphoreSlim helpers;

    internal SqsReceiver(SqsReceiveEndpointContext context, TimeProvider time)
    {
        this.context = context;
        this.time = time;
        settings = context.Configuration;
        dispatcher = context.CreateReceivePipeDispatcher();
        room = new SemaphoreSlim(context.PrefetchCount);
        concurrency = new SemaphoreSlim(context.ConcurrencyLimit);
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
                queue ??= await PrepareAsync();
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
                    queue = ForgetQueue();
                await backOff.WaitAsync(Stopping);
            }
        }
        for (var helper = 0; helper < MostHelpers; helper++)
            await helpers.WaitAsync(CancellationToken.None);
        await FinishHandlersAsync();
        if (queue is not null && settings.Queue.IsTemporary)
            await DeleteQueueAsync();
    }

    /// <summary>The queue, after making sure of everything around it.</summary>
    private async Task<QueueHandle> PrepareAsync()
    {
        if (context.IsBusEndpoint && context.Host.DeployPublishTopology)
            foreach (var topic in settings.Published.Topics())
                await Connection.GetTopicAsync(topic).WaitAsync(Stopping);
        var queue = await Connection.SubscribeAsync(settings.Queue, settings.Subscriptions, Stopping);
        if (!settings.Queue.IsTemporary)
            foreach (var beside in new[] { settings.ErrorQueue, settings.SkippedQueue })
                await PrepareBesideAsync(beside);
        if (settings.Purge && !context.Host.DeployTopologyOnly)
            await Connection.Sqs.PurgeQueueAsync(queue.Url, Stopping);
        return queue;
    }

    // The endpoint works without the queue for failed messages until a message fails, so what is missing is only said.
    private async Task PrepareBesideAsync(SqsQueueSettings queue)
    {
        try
        {
            await Connection.GetQueueAsync(queue).WaitAsync(Stopping);
        }
        catch (AmazonSqsConnectionException exception)
        {
            LogContext.Error?.Log("Messages that should be moved to {Queue} will be received again and again: {Error}",
                queue.Name, exception.Message);
        }
    }

    private QueueHandle? ForgetQueue()
    {
        foreach (var queue in new[] { settings.Queue, settings.ErrorQueue, settings.SkippedQueue })
            Connection.Forget(queue);
        foreach (var topic in settings.Subscriptions)
            Connection.Forget(topic);
        return null;
    }

    private async Task DeleteQueueAsync()
    {
        try
        {
            await Connection.DeleteAsync(settings.Queue, settings.Subscriptions, abortHandlers.Token);
        }
        catch (Exception exception) when (exception is AmazonServiceException or OperationCanceledException || Transient.Is(exception))
        {
            LogContext.Warning?.Log("The temporary queue {Queue} was not deleted: {Error}", settings.Queue.Name, exception.Message);
        }
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
            Take(queue, message);
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

    private void Take(QueueHandle queue, Message message)
    {
        var received = new ReceivedMessage(message, queue, settings, time);
        if (taken.TryAdd(message.MessageId, received))
        {
            received.Handling = HandleAsync(received);
            return;
        }
        // SQS delivered it twice, or the visibility ran out: it is being handled, and only the newest receipt can delete it.
        if (taken.TryGetValue(message.MessageId, out var earlier))
            earlier.Receive(message);
        LogContext.Debug?.Log("Message {MessageId} came again while it is handled: {InputAddress}",
            message.MessageId, context.InputAddress);
        room.Release();
    }

    private async Task HandleAsync(ReceivedMessage message)
    {
        using var keeping = new CancellationTokenSource();
        var kept = message.KeepAsync(keeping.Token);
        var holdsRoom = true;
        try
        {
            await concurrency.WaitAsync(abortHandlers.Token);
            await DispatchAsync(message);
            if (!message.Deletion.IsCompleted && deletions.Wait(0, CancellationToken.None))
            {
                room.Release();
                holdsRoom = false;
            }
            await message.Deletion;
        }
        catch (OperationCanceledException) when (abortHandlers.IsCancellationRequested)
        {
            await message.ReturnAsync(afterSeconds: 0);
        }
        catch (Exception exception)
        {
            LogContext.Warning?.Log(exception, "Message {MessageId} was handled but not deleted, so it will come again: {InputAddress}",
                message.Id, context.InputAddress);
        }
        await keeping.CancelAsync();
        await kept;
        taken.TryRemove(message.Id, out _);
        (holdsRoom ? room : deletions).Release();
    }

    private async Task DispatchAsync(ReceivedMessage message)
    {
        LogContext.SetCurrentIfNull(context.LogContext);
        using var receiveContext = new SqsReceiveContext(message.Message, context);
        await using var registration = abortHandlers.Token.Register(receiveContext.Cancel);
        try
        {
            await dispatcher.Dispatch(receiveContext, message);
        }
        catch (Exception exception)
        {
            // Neither handled nor moved: the message has gone back to the queue.
            receiveContext.LogTransportFaulted(exception);
        }
        finally
        {
            concurrency.Release();
        }
    }

    private async Task FinishHandlersAsync()
    {
        var handlers = Task.WhenAll(taken.Values.Select(message => message.Handling));
        var aborted = new TaskCompletionSource();
        await using var registration = abortHandlers.Token.Register(() => aborted.TrySetResult());
        if (await Task.WhenAny(handlers, aborted.Task) != handlers
            && await Task.WhenAny(handlers, Task.Delay(GraceAfterAbort, time)) != handlers)
            LogContext.Warning?.Log("{Count} handlers did not end in time; their messages will come again: {InputAddress}",
                taken.Count, context.InputAddress);
    }
}

/// <summary>A message that was taken from the queue and is neither deleted nor given back yet.</summary>
internal sealed class ReceivedMessage(Message message, QueueHandle queue, SqsReceiveEndpointConfiguration settings, TimeProvider time)
    : ReceiveLockContext
{
    private readonly long takenAt = time.GetTimestamp();
    private volatile string receiptHandle = message.ReceiptHandle;
    private volatile bool isLost;

    internal Message Message => message;

    internal string Id => message.MessageId;

    internal Task Handling { get; set; } = Task.CompletedTask;

    /// <summary>The deletion of a handled message. The next message need not wait for it.</summary>
    internal Task Deletion { get; private set; } = Task.CompletedTask;

    internal void Receive(Message again)
    {
        receiptHandle = again.ReceiptHandle;
        isLost = false;
    }

    public Task ValidateLockStatus() => isLost
        ? throw new TransportException(settings.InputAddress,
            $"Message {Id} was not kept from other receivers; the one that received it handles it.")
        : Task.CompletedTask;

    public Task Complete()
    {
        Deletion = queue.DeleteAsync(receiptHandle, CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task Faulted(Exception exception) => ReturnAsync(settings.RedeliverAfterSeconds);

    /// <summary>Gives the message back to the queue.</summary>
    internal async Task ReturnAsync(int afterSeconds)
    {
        try
        {
            await queue.ChangeVisibilityAsync(receiptHandle, afterSeconds, CancellationToken.None);
        }
        catch (Exception exception) when (exception is AmazonServiceException or MassTransitException || Transient.Is(exception))
        {
            LogContext.Warning?.Log("Message {MessageId} could not be given back to queue {Queue}; it comes again after its visibility "
                + "timeout: {Error}", Id, queue.Name,
                exception.Message);
        }
    }

    /// <summary>Extends the visibility timeout in time, until cancelled.</summary>
    internal async Task KeepAsync(CancellationToken cancellationToken)
    {
        var extension = TimeSpan.FromSeconds(Math.Clamp(queue.VisibilityTimeout.TotalSeconds, 1, settings.RenewalSeconds));
        var pause = Math.Max(queue.VisibilityTimeout.TotalSeconds, 1) * 0.7;
        while (await SleepAsync(TimeSpan.FromSeconds(pause), cancellationToken))
        {
            if (time.GetElapsedTime(takenAt) + extension > settings.LongestHandling)
            {
                LogContext.Warning?.Log("Message {MessageId} of queue {Queue} is handled for longer than {Longest}; it is not kept from "
                    + "other receivers any more", Id, queue.Name,
                    settings.LongestHandling);
                return;
            }
            pause = await ExtendAsync((int)extension.TotalSeconds, cancellationToken)
                ? extension.TotalSeconds * 0.7 : extension.TotalSeconds * 0.1;
        }
    }

    /// <summary>False when the extension is to be tried again soon.</summary>
    private async Task<bool> ExtendAsync(int seconds, CancellationToken cancellationToken)
    {
        try
        {
            await queue.ChangeVisibilityAsync(receiptHandle, seconds, cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception exception) when (exception is AmazonServiceException or MassTransitException || Transient.Is(exception))
        {
            isLost |= !Transient.Is(exception);
            LogContext.Warning?.Log("Message {MessageId} of queue {Queue} could not be kept from other receivers: {Error}",
                Id, queue.Name, exception.Message);
            return isLost;
        }
    }

    private async Task<bool> SleepAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
