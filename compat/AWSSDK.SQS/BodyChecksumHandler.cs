using System.Buffers.Binary;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS.Model;
using Amazon.Util;

namespace Amazon.SQS;

/// <summary>
/// Compares the MD5 sums that SQS states with the bodies and attributes sent or received: a message that was changed on the way is an
/// error, never data.
/// </summary>
internal sealed class BodyChecksumHandler : PipelineHandler
{
    public override void InvokeSync(IExecutionContext executionContext)
    {
        base.InvokeSync(executionContext);
        Check(executionContext);
    }

    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var response = await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
        Check(executionContext);
        return response;
    }

    private static void Check(IExecutionContext context)
    {
        switch (context.ResponseContext.Response)
        {
            case ReceiveMessageResponse received:
                foreach (var message in received.Messages ?? [])
                    Check(message.MessageId, message.Body, message.MD5OfBody, message.MessageAttributes, message.MD5OfMessageAttributes);
                break;
            case SendMessageResponse sent when context.RequestContext.OriginalRequest is SendMessageRequest request:
                Check(sent.MessageId, request.MessageBody, sent.MD5OfMessageBody, request.MessageAttributes, sent.MD5OfMessageAttributes);
                break;
            case SendMessageBatchResponse batch when context.RequestContext.OriginalRequest is SendMessageBatchRequest request:
                foreach (var sent in batch.Successful ?? [])
                    if (request.Entries?.Find(entry => entry.Id == sent.Id) is { } entry)
                        Check(sent.MessageId, entry.MessageBody, sent.MD5OfMessageBody, entry.MessageAttributes, sent.MD5OfMessageAttributes);
                break;
        }
    }

    private static void Check(string? messageId, string? body, string? bodySum, Dictionary<string, MessageAttributeValue>? attributes, string? attributesSum)
    {
        if (body is not null && !string.IsNullOrEmpty(bodySum) && !Same(Encoding.UTF8.GetBytes(body), bodySum))
            throw new AmazonSQSException($"MD5 hash mismatch for message id {messageId}");
        if (attributes is { Count: > 0 } && !string.IsNullOrEmpty(attributesSum) && !Same(Encode(attributes), attributesSum))
            throw new AmazonSQSException($"Attribute MD5 hash mismatch for message id {messageId}");
    }

    private static bool Same(byte[] content, string hexSum) =>
        Convert.ToHexString(CryptoUtilFactory.CryptoInstance.ComputeMD5Hash(content)).Equals(hexSum, StringComparison.OrdinalIgnoreCase);

    /// <summary>The documented encoding: by name, each of name, type and value with its length before it, 1 for text and 2 for binary.</summary>
    private static byte[] Encode(Dictionary<string, MessageAttributeValue> attributes)
    {
        using var encoded = new MemoryStream();
        foreach (var (name, value) in attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            Append(Encoding.UTF8.GetBytes(name));
            Append(Encoding.UTF8.GetBytes(value.DataType ?? ""));
            encoded.WriteByte(value.StringValue is null ? (byte)2 : (byte)1);
            Append(value.StringValue is null ? value.BinaryValue?.ToArray() ?? [] : Encoding.UTF8.GetBytes(value.StringValue));
        }
        return encoded.ToArray();

        void Append(byte[] part)
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            encoded.Write(length);
            encoded.Write(part);
        }
    }
}
