using System.Collections.Concurrent;
using Amazon.SQS.Model;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>The messages of an endpoint that were received and are handled, or wait for that.</summary>
/// <param name="context">The endpoint.</param>
/// <param name="dispatcher">Hands a message to the consumers.</param>
/// <param name="room">Room for messages that are taken and not yet handled.</param>
/// <param name="time">Paces renewing.</param>
/// <param name="abort">Cancels handlers; messages whose handling has not begun go back to the queue.</param>
internal sealed class TakenMessages(SqsReceiveEndpointContext context, IReceivePipeDispatcher dispatcher, SemaphoreSlim room,
    TimeProvider time, CancellationToken abort) : IAsyncDisposable
{
    private const int MostDeletions = 100;
    private static readonly TimeSpan GraceAfterAbort = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ReceivedMessage> taken = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim concurrency = new(context.ConcurrencyLimit);
    private readonly SemaphoreSlim deletions = new(MostDeletions);

    /// <summary>Has a message handled; the room that it takes is released when the next one need not wait for it.</summary>
    internal void Take(QueueHandle queue, Message message)
    {
        var received = new ReceivedMessage(message, queue, context.Configuration, time);
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
            await concurrency.WaitAsync(abort);
            await DispatchAsync(message);
            if (!message.Deletion.IsCompleted && deletions.Wait(0, CancellationToken.None))
            {
                room.Release();
                holdsRoom = false;
            }
            await message.Deletion;
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
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
        await using var registration = abort.Register(receiveContext.Cancel);
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

    /// <summary>Waits until all are handled; after an abort for a moment only.</summary>
    public async ValueTask DisposeAsync()
    {
        var handlers = Task.WhenAll(taken.Values.Select(message => message.Handling));
        var aborted = new TaskCompletionSource();
        await using var registration = abort.Register(() => aborted.TrySetResult());
        if (await Task.WhenAny(handlers, aborted.Task) != handlers
            && await Task.WhenAny(handlers, Task.Delay(GraceAfterAbort, time)) != handlers)
            LogContext.Warning?.Log("{Count} handlers did not end in time; their messages will come again: {InputAddress}",
                taken.Count, context.InputAddress);
    }
}
