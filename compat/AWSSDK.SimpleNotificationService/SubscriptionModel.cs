using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Amazon.SimpleNotificationService.Model;

#nullable disable

public class Subscription
{
    public string Endpoint { get; set; }
    public string Owner { get; set; }
    public string Protocol { get; set; }
    public string SubscriptionArn { get; set; }
    public string TopicArn { get; set; }
}

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
