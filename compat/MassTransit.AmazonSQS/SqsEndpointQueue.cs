using Amazon.Runtime;

namespace MassTransit.AmazonSqsTransport;

/// <summary>The queue of a receive endpoint with its topics and the queues that messages are moved to.</summary>
/// <param name="context">The endpoint.</param>
internal sealed class SqsEndpointQueue(SqsReceiveEndpointContext context)
{
    private readonly SqsReceiveEndpointConfiguration settings = context.Configuration;

    private SqsConnection Connection => context.Host.Connection;

    /// <summary>The queue, after making sure of everything around it.</summary>
    internal async Task<QueueHandle> PrepareAsync(CancellationToken stopping)
    {
        if (context.IsBusEndpoint && context.Host.DeployPublishTopology)
            foreach (var topic in settings.Published.Topics())
                await Connection.GetTopicAsync(topic).WaitAsync(stopping);
        var queue = await Connection.SubscribeAsync(settings.Queue, settings.Subscriptions, stopping);
        if (!settings.Queue.IsTemporary)
            foreach (var beside in new[] { settings.ErrorQueue, settings.SkippedQueue })
                await PrepareBesideAsync(beside, stopping);
        if (settings.Purge && !context.Host.DeployTopologyOnly)
            await Connection.Sqs.PurgeQueueAsync(queue.Url, stopping);
        return queue;
    }

    // The endpoint works without the queue for failed messages until a message fails, so what is missing is only said.
    private async Task PrepareBesideAsync(SqsQueueSettings queue, CancellationToken stopping)
    {
        try
        {
            await Connection.GetQueueAsync(queue).WaitAsync(stopping);
        }
        catch (AmazonSqsConnectionException exception)
        {
            LogContext.Error?.Log("Messages that should be moved to {Queue} will be received again and again: {Error}",
                queue.Name, exception.Message);
        }
    }

    /// <summary>Forgets all of it, because the queue turned out not to exist any more.</summary>
    internal void Forget()
    {
        foreach (var queue in new[] { settings.Queue, settings.ErrorQueue, settings.SkippedQueue })
            Connection.Forget(queue);
        foreach (var topic in settings.Subscriptions)
            Connection.Forget(topic);
    }

    /// <summary>Deletes a temporary queue.</summary>
    internal async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Connection.DeleteAsync(settings.Queue, settings.Subscriptions, cancellationToken);
        }
        catch (Exception exception) when (exception is AmazonServiceException or OperationCanceledException || Transient.Is(exception))
        {
            LogContext.Warning?.Log("The temporary queue {Queue} was not deleted: {Error}", settings.Queue.Name, exception.Message);
        }
    }
}
