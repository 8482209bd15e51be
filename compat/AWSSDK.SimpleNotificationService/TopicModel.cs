using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.SimpleNotificationService.Model;

#nullable disable

public class Tag
{
    public string Key { get; set; }
    public string Value { get; set; }
}

public class Topic
{
    public string TopicArn { get; set; }
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
