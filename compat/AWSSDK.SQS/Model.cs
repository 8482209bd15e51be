using System.Globalization;
using System.Text.Json.Serialization;
using Amazon.Runtime;

namespace Amazon.SQS.Model;

// Requests and responses carry the names of the JSON protocol, so each is its own wire format. As in version 4 of the SDK, what is
// not set is null, collections too, in both directions; and as there, references carry no annotations of that.
#nullable disable

public abstract class AmazonSQSRequest : AmazonWebServiceRequest;

public class MessageAttributeValue
{
    public string DataType { get; set; }
    public string StringValue { get; set; }
    public MemoryStream BinaryValue { get; set; }
}

public class Message
{
    public Dictionary<string, string> Attributes { get; set; }
    public string Body { get; set; }
    public string MD5OfBody { get; set; }
    public string MD5OfMessageAttributes { get; set; }
    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; }
    public string MessageId { get; set; }
    public string ReceiptHandle { get; set; }
}

public class BatchResultErrorEntry
{
    public string Code { get; set; }
    public string Id { get; set; }
    public string Message { get; set; }
    public bool? SenderFault { get; set; }
}

public class ListQueuesRequest : AmazonSQSRequest
{
    public ListQueuesRequest()
    {
    }

    public ListQueuesRequest(string queueNamePrefix) => QueueNamePrefix = queueNamePrefix;

    public int? MaxResults { get; set; }
    public string NextToken { get; set; }
    public string QueueNamePrefix { get; set; }
}

public class ListQueuesResponse : AmazonWebServiceResponse
{
    public string NextToken { get; set; }
    public List<string> QueueUrls { get; set; }
}

public class CreateQueueRequest : AmazonSQSRequest
{
    public CreateQueueRequest()
    {
    }

    public CreateQueueRequest(string queueName) => QueueName = queueName;

    public Dictionary<string, string> Attributes { get; set; }
    public string QueueName { get; set; }

    [JsonPropertyName("tags")]
    public Dictionary<string, string> Tags { get; set; }
}

public class CreateQueueResponse : AmazonWebServiceResponse
{
    public string QueueUrl { get; set; }
}

public class GetQueueUrlRequest : AmazonSQSRequest
{
    public GetQueueUrlRequest()
    {
    }

    public GetQueueUrlRequest(string queueName) => QueueName = queueName;

    public string QueueName { get; set; }
    public string QueueOwnerAWSAccountId { get; set; }
}

public class GetQueueUrlResponse : AmazonWebServiceResponse
{
    public string QueueUrl { get; set; }
}

public class GetQueueAttributesRequest : AmazonSQSRequest
{
    public GetQueueAttributesRequest()
    {
    }

    public GetQueueAttributesRequest(string queueUrl, List<string> attributeNames)
    {
        QueueUrl = queueUrl;
        AttributeNames = attributeNames;
    }

    public List<string> AttributeNames { get; set; }
    public string QueueUrl { get; set; }
}

public class GetQueueAttributesResponse : AmazonWebServiceResponse
{
    public Dictionary<string, string> Attributes { get; set; }

    [JsonIgnore]
    public int ApproximateNumberOfMessages => Number(QueueAttributeName.ApproximateNumberOfMessages);

    [JsonIgnore]
    public int ApproximateNumberOfMessagesDelayed => Number(QueueAttributeName.ApproximateNumberOfMessagesDelayed);

    [JsonIgnore]
    public int ApproximateNumberOfMessagesNotVisible => Number(QueueAttributeName.ApproximateNumberOfMessagesNotVisible);

    [JsonIgnore]
    public int VisibilityTimeout => Number(QueueAttributeName.VisibilityTimeout);

    [JsonIgnore]
    public string QueueARN => Attributes?.GetValueOrDefault(QueueAttributeName.QueueArn);

    [JsonIgnore]
    public string Policy => Attributes?.GetValueOrDefault(QueueAttributeName.Policy);

    private int Number(string name) =>
        int.TryParse(Attributes?.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
}

public class SetQueueAttributesRequest : AmazonSQSRequest
{
    public SetQueueAttributesRequest()
    {
    }

    public SetQueueAttributesRequest(string queueUrl, Dictionary<string, string> attributes)
    {
        QueueUrl = queueUrl;
        Attributes = attributes;
    }

    public Dictionary<string, string> Attributes { get; set; }
    public string QueueUrl { get; set; }
}

public class SetQueueAttributesResponse : AmazonWebServiceResponse;

public class TagQueueRequest : AmazonSQSRequest
{
    public string QueueUrl { get; set; }
    public Dictionary<string, string> Tags { get; set; }
}

public class TagQueueResponse : AmazonWebServiceResponse;

public class DeleteQueueRequest : AmazonSQSRequest
{
    public DeleteQueueRequest()
    {
    }

    public DeleteQueueRequest(string queueUrl) => QueueUrl = queueUrl;

    public string QueueUrl { get; set; }
}

public class DeleteQueueResponse : AmazonWebServiceResponse;

public class PurgeQueueRequest : AmazonSQSRequest
{
    public string QueueUrl { get; set; }
}

public class PurgeQueueResponse : AmazonWebServiceResponse;

public class SendMessageRequest : AmazonSQSRequest
{
    public SendMessageRequest()
    {
    }

    public SendMessageRequest(string queueUrl, string messageBody)
    {
        QueueUrl = queueUrl;
        MessageBody = messageBody;
    }

    public int? DelaySeconds { get; set; }
    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; }
    public string MessageBody { get; set; }
    public string MessageDeduplicationId { get; set; }
    public string MessageGroupId { get; set; }
    public string QueueUrl { get; set; }
}

public class SendMessageResponse : AmazonWebServiceResponse
{
    public string MD5OfMessageAttributes { get; set; }
    public string MD5OfMessageBody { get; set; }
    public string MessageId { get; set; }
    public string SequenceNumber { get; set; }
}

public class SendMessageBatchRequestEntry
{
    public SendMessageBatchRequestEntry()
    {
    }

    public SendMessageBatchRequestEntry(string id, string messageBody)
    {
        Id = id;
        MessageBody = messageBody;
    }

    public int? DelaySeconds { get; set; }
    public string Id { get; set; }
    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; }
    public string MessageBody { get; set; }
    public string MessageDeduplicationId { get; set; }
    public string MessageGroupId { get; set; }
}

public class SendMessageBatchRequest : AmazonSQSRequest
{
    public SendMessageBatchRequest()
    {
    }

    public SendMessageBatchRequest(string queueUrl, List<SendMessageBatchRequestEntry> entries)
    {
        QueueUrl = queueUrl;
        Entries = entries;
    }

    public List<SendMessageBatchRequestEntry> Entries { get; set; }
    public string QueueUrl { get; set; }
}

public class SendMessageBatchResultEntry
{
    public string Id { get; set; }
    public string MD5OfMessageAttributes { get; set; }
    public string MD5OfMessageBody { get; set; }
    public string MessageId { get; set; }
    public string SequenceNumber { get; set; }
}

public class SendMessageBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; }
    public List<SendMessageBatchResultEntry> Successful { get; set; }
}

public class ReceiveMessageRequest : AmazonSQSRequest
{
    public ReceiveMessageRequest()
    {
    }

    public ReceiveMessageRequest(string queueUrl) => QueueUrl = queueUrl;

    [Obsolete("AttributeNames has been replaced by MessageSystemAttributeNames")]
    public List<string> AttributeNames { get; set; }

    public int? MaxNumberOfMessages { get; set; }
    public List<string> MessageAttributeNames { get; set; }
    public List<string> MessageSystemAttributeNames { get; set; }
    public string QueueUrl { get; set; }
    public string ReceiveRequestAttemptId { get; set; }
    public int? VisibilityTimeout { get; set; }
    public int? WaitTimeSeconds { get; set; }
}

public class ReceiveMessageResponse : AmazonWebServiceResponse
{
    public List<Message> Messages { get; set; }
}

public class DeleteMessageRequest : AmazonSQSRequest
{
    public DeleteMessageRequest()
    {
    }

    public DeleteMessageRequest(string queueUrl, string receiptHandle)
    {
        QueueUrl = queueUrl;
        ReceiptHandle = receiptHandle;
    }

    public string QueueUrl { get; set; }
    public string ReceiptHandle { get; set; }
}

public class DeleteMessageResponse : AmazonWebServiceResponse;

public class DeleteMessageBatchRequestEntry
{
    public DeleteMessageBatchRequestEntry()
    {
    }

    public DeleteMessageBatchRequestEntry(string id, string receiptHandle)
    {
        Id = id;
        ReceiptHandle = receiptHandle;
    }

    public string Id { get; set; }
    public string ReceiptHandle { get; set; }
}

public class DeleteMessageBatchRequest : AmazonSQSRequest
{
    public DeleteMessageBatchRequest()
    {
    }

    public DeleteMessageBatchRequest(string queueUrl, List<DeleteMessageBatchRequestEntry> entries)
    {
        QueueUrl = queueUrl;
        Entries = entries;
    }

    public List<DeleteMessageBatchRequestEntry> Entries { get; set; }
    public string QueueUrl { get; set; }
}

public class DeleteMessageBatchResultEntry
{
    public string Id { get; set; }
}

public class DeleteMessageBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; }
    public List<DeleteMessageBatchResultEntry> Successful { get; set; }
}

public class ChangeMessageVisibilityRequest : AmazonSQSRequest
{
    public ChangeMessageVisibilityRequest()
    {
    }

    public ChangeMessageVisibilityRequest(string queueUrl, string receiptHandle, int? visibilityTimeout)
    {
        QueueUrl = queueUrl;
        ReceiptHandle = receiptHandle;
        VisibilityTimeout = visibilityTimeout;
    }

    public string QueueUrl { get; set; }
    public string ReceiptHandle { get; set; }
    public int? VisibilityTimeout { get; set; }
}

public class ChangeMessageVisibilityResponse : AmazonWebServiceResponse;

public class ChangeMessageVisibilityBatchRequestEntry
{
    public ChangeMessageVisibilityBatchRequestEntry()
    {
    }

    public ChangeMessageVisibilityBatchRequestEntry(string id, string receiptHandle)
    {
        Id = id;
        ReceiptHandle = receiptHandle;
    }

    public string Id { get; set; }
    public string ReceiptHandle { get; set; }
    public int? VisibilityTimeout { get; set; }
}

public class ChangeMessageVisibilityBatchRequest : AmazonSQSRequest
{
    public ChangeMessageVisibilityBatchRequest()
    {
    }

    public ChangeMessageVisibilityBatchRequest(string queueUrl, List<ChangeMessageVisibilityBatchRequestEntry> entries)
    {
        QueueUrl = queueUrl;
        Entries = entries;
    }

    public List<ChangeMessageVisibilityBatchRequestEntry> Entries { get; set; }
    public string QueueUrl { get; set; }
}

public class ChangeMessageVisibilityBatchResultEntry
{
    public string Id { get; set; }
}

public class ChangeMessageVisibilityBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; }
    public List<ChangeMessageVisibilityBatchResultEntry> Successful { get; set; }
}
