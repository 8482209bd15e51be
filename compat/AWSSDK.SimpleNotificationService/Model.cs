using System.Globalization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.SimpleNotificationService.Model;

// A request writes itself as parameters of the query protocol. As in version 4 of the SDK, what is not set is null, collections too,
// in both directions; and as there, references carry no annotations of that.
#nullable disable

public abstract class AmazonSimpleNotificationServiceRequest : AmazonWebServiceRequest
{
    internal abstract void Write(ParameterCollection parameters);

    internal static void Add(ParameterCollection parameters, string name, string value)
    {
        if (value is not null)
            parameters.Add(name, value);
    }

    internal static void Add(ParameterCollection parameters, string name, Dictionary<string, string> entries)
    {
        var number = 0;
        foreach (var (key, value) in entries ?? [])
        {
            var entry = string.Create(CultureInfo.InvariantCulture, $"{name}.entry.{++number}");
            parameters.Add(entry + ".key", key);
            parameters.Add(entry + ".value", value);
        }
    }

    internal static void Add(ParameterCollection parameters, string name, List<Tag> tags)
    {
        var number = 0;
        foreach (var tag in tags ?? [])
        {
            var member = string.Create(CultureInfo.InvariantCulture, $"{name}.member.{++number}");
            Add(parameters, member + ".Key", tag.Key);
            Add(parameters, member + ".Value", tag.Value);
        }
    }

    internal static void Add(ParameterCollection parameters, string name, Dictionary<string, MessageAttributeValue> attributes)
    {
        var number = 0;
        foreach (var (key, value) in attributes ?? [])
        {
            var entry = string.Create(CultureInfo.InvariantCulture, $"{name}.entry.{++number}");
            parameters.Add(entry + ".Name", key);
            Add(parameters, entry + ".Value.DataType", value.DataType);
            Add(parameters, entry + ".Value.StringValue", value.StringValue);
            Add(parameters, entry + ".Value.BinaryValue",
                value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : null);
        }
    }
}

public class Tag
{
    public string Key { get; set; }
    public string Value { get; set; }
}

public class Topic
{
    public string TopicArn { get; set; }
}

public class Subscription
{
    public string Endpoint { get; set; }
    public string Owner { get; set; }
    public string Protocol { get; set; }
    public string SubscriptionArn { get; set; }
    public string TopicArn { get; set; }
}

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

public class CreateTopicRequest : AmazonSimpleNotificationServiceRequest
{
    public CreateTopicRequest()
    {
    }

    public CreateTopicRequest(string name) => Name = name;

    public Dictionary<string, string> Attributes { get; set; }
    public string DataProtectionPolicy { get; set; }
    public string Name { get; set; }
    public List<Tag> Tags { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "Name", Name);
        Add(parameters, "DataProtectionPolicy", DataProtectionPolicy);
        Add(parameters, "Attributes", Attributes);
        Add(parameters, "Tags", Tags);
    }
}

public class CreateTopicResponse : AmazonWebServiceResponse
{
    public string TopicArn { get; set; }
}

public class DeleteTopicRequest : AmazonSimpleNotificationServiceRequest
{
    public DeleteTopicRequest()
    {
    }

    public DeleteTopicRequest(string topicArn) => TopicArn = topicArn;

    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters) => Add(parameters, "TopicArn", TopicArn);
}

public class DeleteTopicResponse : AmazonWebServiceResponse;

public class ListTopicsRequest : AmazonSimpleNotificationServiceRequest
{
    public ListTopicsRequest()
    {
    }

    public ListTopicsRequest(string nextToken) => NextToken = nextToken;

    public string NextToken { get; set; }

    internal override void Write(ParameterCollection parameters) => Add(parameters, "NextToken", NextToken);
}

public class ListTopicsResponse : AmazonWebServiceResponse
{
    public string NextToken { get; set; }
    public List<Topic> Topics { get; set; }
}

public class GetTopicAttributesRequest : AmazonSimpleNotificationServiceRequest
{
    public GetTopicAttributesRequest()
    {
    }

    public GetTopicAttributesRequest(string topicArn) => TopicArn = topicArn;

    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters) => Add(parameters, "TopicArn", TopicArn);
}

public class GetTopicAttributesResponse : AmazonWebServiceResponse
{
    public Dictionary<string, string> Attributes { get; set; }
}

public class SetTopicAttributesRequest : AmazonSimpleNotificationServiceRequest
{
    public SetTopicAttributesRequest()
    {
    }

    public SetTopicAttributesRequest(string topicArn, string attributeName, string attributeValue)
    {
        TopicArn = topicArn;
        AttributeName = attributeName;
        AttributeValue = attributeValue;
    }

    public string AttributeName { get; set; }
    public string AttributeValue { get; set; }
    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "TopicArn", TopicArn);
        Add(parameters, "AttributeName", AttributeName);
        Add(parameters, "AttributeValue", AttributeValue);
    }
}

public class SetTopicAttributesResponse : AmazonWebServiceResponse;

public class TagResourceRequest : AmazonSimpleNotificationServiceRequest
{
    public string ResourceArn { get; set; }
    public List<Tag> Tags { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "ResourceArn", ResourceArn);
        Add(parameters, "Tags", Tags);
    }
}

public class TagResourceResponse : AmazonWebServiceResponse;

public class SubscribeRequest : AmazonSimpleNotificationServiceRequest
{
    public SubscribeRequest()
    {
    }

    public SubscribeRequest(string topicArn, string protocol, string endpoint)
    {
        TopicArn = topicArn;
        Protocol = protocol;
        Endpoint = endpoint;
    }

    public Dictionary<string, string> Attributes { get; set; }
    public string Endpoint { get; set; }
    public string Protocol { get; set; }
    public bool? ReturnSubscriptionArn { get; set; }
    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "TopicArn", TopicArn);
        Add(parameters, "Protocol", Protocol);
        Add(parameters, "Endpoint", Endpoint);
        Add(parameters, "Attributes", Attributes);
        Add(parameters, "ReturnSubscriptionArn", ReturnSubscriptionArn is { } wanted ? (wanted ? "true" : "false") : null);
    }
}

public class SubscribeResponse : AmazonWebServiceResponse
{
    public string SubscriptionArn { get; set; }
}

public class UnsubscribeRequest : AmazonSimpleNotificationServiceRequest
{
    public UnsubscribeRequest()
    {
    }

    public UnsubscribeRequest(string subscriptionArn) => SubscriptionArn = subscriptionArn;

    public string SubscriptionArn { get; set; }

    internal override void Write(ParameterCollection parameters) => Add(parameters, "SubscriptionArn", SubscriptionArn);
}

public class UnsubscribeResponse : AmazonWebServiceResponse;

public class ListSubscriptionsByTopicRequest : AmazonSimpleNotificationServiceRequest
{
    public ListSubscriptionsByTopicRequest()
    {
    }

    public ListSubscriptionsByTopicRequest(string topicArn) => TopicArn = topicArn;

    public string NextToken { get; set; }
    public string TopicArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "TopicArn", TopicArn);
        Add(parameters, "NextToken", NextToken);
    }
}

public class ListSubscriptionsByTopicResponse : AmazonWebServiceResponse
{
    public string NextToken { get; set; }
    public List<Subscription> Subscriptions { get; set; }
}

public class GetSubscriptionAttributesRequest : AmazonSimpleNotificationServiceRequest
{
    public GetSubscriptionAttributesRequest()
    {
    }

    public GetSubscriptionAttributesRequest(string subscriptionArn) => SubscriptionArn = subscriptionArn;

    public string SubscriptionArn { get; set; }

    internal override void Write(ParameterCollection parameters) => Add(parameters, "SubscriptionArn", SubscriptionArn);
}

public class GetSubscriptionAttributesResponse : AmazonWebServiceResponse
{
    public Dictionary<string, string> Attributes { get; set; }
}

public class SetSubscriptionAttributesRequest : AmazonSimpleNotificationServiceRequest
{
    public SetSubscriptionAttributesRequest()
    {
    }

    public SetSubscriptionAttributesRequest(string subscriptionArn, string attributeName, string attributeValue)
    {
        SubscriptionArn = subscriptionArn;
        AttributeName = attributeName;
        AttributeValue = attributeValue;
    }

    public string AttributeName { get; set; }
    public string AttributeValue { get; set; }
    public string SubscriptionArn { get; set; }

    internal override void Write(ParameterCollection parameters)
    {
        Add(parameters, "SubscriptionArn", SubscriptionArn);
        Add(parameters, "AttributeName", AttributeName);
        Add(parameters, "AttributeValue", AttributeValue);
    }
}

public class SetSubscriptionAttributesResponse : AmazonWebServiceResponse;

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
