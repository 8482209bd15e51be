using Amazon.Runtime;
using Amazon.SQS.Model;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

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
