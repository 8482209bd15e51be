using System.Globalization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.SimpleNotificationService.Model;

#nullable disable

public class MessageAttributeValue
{
    public MemoryStream BinaryValue { get; set; }
    public string DataType { get; set; }
    public string StringValue { get; set; }
}

public class BatchResultErrorEntry
{
    public string Code { get; set; }
    public string Id { get; set; }
    public string Message { get; set; }
    public bool? SenderFault { get; set; }
}

public class PublishRequest : AmazonSimpleNotificationServiceRequest
{
    public PublishRequest()
    {
    }

    public PublishRequest(string topicArn, string message)
    {
        TopicArn = topicArn;
        Message = message;
    }

    public PublishRequest(string topicArn, string message, string subject) : this(topicArn, message) => Subject = subject;

    public string Message { get; set; }
    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; }
    public string MessageDeduplicationId { get; set; }
    public string MessageGroupId { get; set; }
    public string MessageStructure { get; set; }
    public string Subject { get; set; }
    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "TopicArn", TopicArn);
        Add(parameters, "Message", Message);
        Add(parameters, "MessageAttributes", MessageAttributes);
        Add(parameters, "MessageDeduplicationId", MessageDeduplicationId);
        Add(parameters, "MessageGroupId", MessageGroupId);
        Add(parameters, "MessageStructure", MessageStructure);
        Add(parameters, "Subject", Subject);
    }
}

public class PublishResponse : AmazonWebServiceResponse
{
    public string MessageId { get; set; }
    public string SequenceNumber { get; set; }
}

public class PublishBatchRequestEntry
{
    public string Id { get; set; }
    public string Message { get; set; }
    public Dictionary<string, MessageAttributeValue> MessageAttributes { get; set; }
    public string MessageDeduplicationId { get; set; }
    public string MessageGroupId { get; set; }
    public string MessageStructure { get; set; }
    public string Subject { get; set; }
}

public class PublishBatchRequest : AmazonSimpleNotificationServiceRequest
{
    public List<PublishBatchRequestEntry> PublishBatchRequestEntries { get; set; }
    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "TopicArn", TopicArn);
        var number = 0;
        foreach (var entry in PublishBatchRequestEntries ?? [])
        {
            var member = string.Create(CultureInfo.InvariantCulture, $"PublishBatchRequestEntries.member.{++number}.");
            Add(parameters, member + "Id", entry.Id);
            Add(parameters, member + "Message", entry.Message);
            Add(parameters, member + "MessageAttributes", entry.MessageAttributes);
            Add(parameters, member + "MessageDeduplicationId", entry.MessageDeduplicationId);
            Add(parameters, member + "MessageGroupId", entry.MessageGroupId);
            Add(parameters, member + "MessageStructure", entry.MessageStructure);
            Add(parameters, member + "Subject", entry.Subject);
        }
    }
}

public class PublishBatchResultEntry
{
    public string Id { get; set; }
    public string MessageId { get; set; }
    public string SequenceNumber { get; set; }
}

public class PublishBatchResponse : AmazonWebServiceResponse
{
    public List<BatchResultErrorEntry> Failed { get; set; }
    public List<PublishBatchResultEntry> Successful { get; set; }
}
