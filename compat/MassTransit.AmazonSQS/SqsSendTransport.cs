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

/// <summary>Moves messages whose handling failed for good; the headers say what failed.</summary>
internal sealed class SqsErrorTransport(SqsHostConfiguration host, SqsQueueSettings destination)
    : SqsMoveTransport(host, destination), IErrorTransport
{
    public Task Send(ExceptionReceiveContext context) =>
        MoveAsync(context, attributes => Headers.CopyFrom(attributes, context.ExceptionHeaders));
}

/// <summary>Moves messages that no consumer of the endpoint wants.</summary>
internal sealed class SqsSkippedTransport(SqsHostConfiguration host, SqsQueueSettings destination)
    : SqsMoveTransport(host, destination), IDeadLetterTransport
{
    public Task Send(ReceiveContext context, string reason) =>
        MoveAsync(context, attributes => Headers.Set(attributes, MessageHeaders.Reason, reason ?? "Unspecified"));
}

/// <summary>Moves a received message as it is to another queue, with headers that say why.</summary>
internal abstract class SqsMoveTransport(SqsHostConfiguration host, SqsQueueSettings destination)
{
    private const int MostAttributes = 10;

    protected TransportSetHeaderAdapter<SqsAttribute> Headers { get; } = SqsHeaders.ForQueue(host.Settings.AllowHeader);

    protected async Task MoveAsync(ReceiveContext context, Action<Dictionary<string, SqsAttribute>> addReason)
    {
        var attributes = new Dictionary<string, SqsAttribute>();
        addReason(attributes);
        // SQS takes ten attributes at most: the reason goes before what the message brought.
        if (context.TryGetPayload(out Message? message))
            foreach (var (key, value) in message.MessageAttributes ?? [])
                if (!key.StartsWith("MT-", StringComparison.Ordinal) && attributes.Count < MostAttributes)
                    attributes.TryAdd(key, value);
        var queue = await host.Connection.GetQueueAsync(destination).WaitAsync(context.CancellationToken);
        await queue.SendAsync(new SendMessageBatchRequestEntry("", context.Body.GetString()) { MessageAttributes = attributes },
            context.CancellationToken);
    }
}

/// <summary>
/// Turns headers into message attributes of type String; a value that is no text, number, date or the like has no attribute.
/// </summary>
internal static class SqsHeaders
{
    internal static TransportSetHeaderAdapter<SqsAttribute> ForQueue(AllowTransportHeader? allow) =>
        new(new Converter<SqsAttribute>(allow, text => new SqsAttribute { DataType = "String", StringValue = text }),
            TransportHeaderOptions.IncludeFaultMessage);

    internal static TransportSetHeaderAdapter<SnsAttribute> ForTopic(AllowTransportHeader? allow) =>
        new(new Converter<SnsAttribute>(allow, text => new SnsAttribute { DataType = "String", StringValue = text }),
            TransportHeaderOptions.IncludeFaultMessage);

    // SNS and SQS refuse a message with other characters, or with an empty attribute.
    private static string Allowed(string text) => text.All(IsAllowed) ? text : string.Create(text.Length, text, (allowed, given) =>
    {
        for (var i = 0; i < allowed.Length; i++)
            allowed[i] = IsAllowed(given[i]) ? given[i] : '\uFFFD';
    });

    private static bool IsAllowed(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and <= '\uFFFD');

    private sealed class Converter<TAttribute>(AllowTransportHeader? allow, Func<string, TAttribute> create)
        : IHeaderValueConverter<TAttribute>
    {
        public bool TryConvert(HeaderValue headerValue, out HeaderValue<TAttribute> result)
        {
            result = default;
            return headerValue.IsStringValue(out var text) && TryCreate(text, out result);
        }

        public bool TryConvert<T>(HeaderValue<T> headerValue, out HeaderValue<TAttribute> result)
        {
            result = default;
            return headerValue.IsStringValue(out var text) && TryCreate(text, out result);
        }

        private bool TryCreate(HeaderValue<string> text, out HeaderValue<TAttribute> result)
        {
            var isWanted = !string.IsNullOrEmpty(text.Value) && (allow is null || allow(text));
            result = isWanted ? new HeaderValue<TAttribute>(text.Key, create(Allowed(text.Value))) : default;
            return isWanted;
        }
    }
}
