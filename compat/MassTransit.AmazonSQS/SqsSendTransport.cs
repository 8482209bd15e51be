using Amazon.SimpleNotificationService.Model;
using Amazon.SQS.Model;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Transports;
using SnsAttribute = Amazon.SimpleNotificationService.Model.MessageAttributeValue;
using SqsAttribute = Amazon.SQS.Model.MessageAttributeValue;

namespace MassTransit.AmazonSqsTransport;

/// <summary>Finds the transport for an address or a message type.</summary>
internal sealed class SqsTransportProvider(SqsHostConfiguration host, SqsReceiveEndpointContext endpoint)
    : ISendTransportProvider, IPublishTransportProvider
{
    public Uri NormalizeAddress(Uri address) => SqsAddress.Parse(host.HostAddress, address).ToUri();

    public Task<ISendTransport> GetSendTransport(Uri address)
    {
        var parsed = SqsAddress.Parse(host.HostAddress, address);
        return Task.FromResult<ISendTransport>(new SendTransport<PipeContext>(parsed.IsTopic
            ? new SqsTopicTransportContext(host, endpoint, new SqsTopic(parsed.Name, parsed.IsTemporary))
            : new SqsQueueTransportContext(host, endpoint, new SqsQueueSettings(parsed.Name) { IsTemporary = parsed.IsTemporary })));
    }

    public Task<ISendTransport> GetPublishTransport<T>(Uri? publishAddress) where T : class =>
        Task.FromResult<ISendTransport>(
            new SendTransport<PipeContext>(new SqsTopicTransportContext(host, endpoint, endpoint.Configuration.Published.For<T>().Topic)));
}

/// <summary>Sends one kind of message to one place; what queues and topics have in common.</summary>
internal abstract class SqsTransportContext(SqsHostConfiguration host, ReceiveEndpointContext endpoint, string name)
    : BaseSendTransportContext(host, endpoint.Serialization), SendTransportContext<PipeContext>
{
    private readonly SqsHostConfiguration host = host;

    protected SqsConnection Connection => host.Connection;

    public override string EntityName => name;

    public override string ActivitySystem => "aws_sqs";

    public override async Task<SendContext<T>> CreateSendContext<T>(
        T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
    {
        var context = new MessageSendContext<T>(message, cancellationToken);
        await pipe.Send(context);
        return context;
    }

    public Task<SendContext<T>> CreateSendContext<T>(PipeContext context, T message, IPipe<SendContext<T>> pipe,
        CancellationToken cancellationToken)
        where T : class => CreateSendContext(message, pipe, cancellationToken);

    public Task Send(IPipe<PipeContext> pipe, CancellationToken cancellationToken = default) => pipe.Send(new Scope(cancellationToken));

    public Task Send<T>(PipeContext transportContext, SendContext<T> sendContext) where T : class =>
        DeliverAsync((MessageSendContext<T>)sendContext);

    public void Probe(ProbeContext context)
    {
    }

    protected abstract Task DeliverAsync<T>(MessageSendContext<T> context) where T : class;

    protected static void SetHeaders<TAttribute, T>(
        TransportSetHeaderAdapter<TAttribute> headers, Dictionary<string, TAttribute> attributes, MessageSendContext<T> context)
        where T : class
    {
        headers.Set(attributes, context.Headers);
        headers.Set(attributes, MessageHeaders.ContentType, context.ContentType.ToString());
        headers.Set(attributes, MessageHeaders.CorrelationId, context.CorrelationId);
    }

    private sealed class Scope(CancellationToken cancellationToken) : BasePipeContext(cancellationToken);
}

internal sealed class SqsQueueTransportContext(SqsHostConfiguration host, ReceiveEndpointContext endpoint, SqsQueueSettings queue)
    : SqsTransportContext(host, endpoint, queue.Name)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);

    private readonly TransportSetHeaderAdapter<SqsAttribute> headers = SqsHeaders.ForQueue(host.Settings.AllowHeader);

    protected override async Task DeliverAsync<T>(MessageSendContext<T> context)
    {
        var entry = new SendMessageBatchRequestEntry("", context.Body.GetString()) { MessageAttributes = [] };
        SetHeaders(headers, entry.MessageAttributes, context);
        // As the official transport does: what is to wait longer than SQS allows waits as long as SQS allows.
        if (context.Delay is { } delay && delay > TimeSpan.Zero)
            entry.DelaySeconds = (int)Math.Ceiling((delay < LongestDelay ? delay : LongestDelay).TotalSeconds);
        try
        {
            await (await Connection.GetQueueAsync(queue).WaitAsync(context.CancellationToken)).SendAsync(entry, context.CancellationToken);
        }
        catch (QueueDoesNotExistException)
        {
            Connection.Forget(queue);
            await (await Connection.GetQueueAsync(queue).WaitAsync(context.CancellationToken)).SendAsync(entry, context.CancellationToken);
        }
    }
}

internal sealed class SqsTopicTransportContext(SqsHostConfiguration host, ReceiveEndpointContext endpoint, SqsTopic topic)
    : SqsTransportContext(host, endpoint, topic.Name)
{
    private readonly TransportSetHeaderAdapter<SnsAttribute> headers = SqsHeaders.ForTopic(host.Settings.AllowHeader);

    protected override async Task DeliverAsync<T>(MessageSendContext<T> context)
    {
        if (context.Delay is { } delay && delay > TimeSpan.Zero)
            throw new NotSupportedException($"SNS cannot delay a message by {delay}: topic {topic.Name}. Send it to a queue instead.");
        var entry = new PublishBatchRequestEntry { Message = context.Body.GetString(), MessageAttributes = [] };
        SetHeaders(headers, entry.MessageAttributes, context);
        try
        {
            await (await Connection.GetTopicAsync(topic).WaitAsync(context.CancellationToken))
                .PublishAsync(entry, context.CancellationToken);
        }
        catch (NotFoundException)
        {
            Connection.Forget(topic);
            await (await Connection.GetTopicAsync(topic).WaitAsync(context.CancellationToken))
                .PublishAsync(entry, context.CancellationToken);
        }
    }
}
