using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SimpleNotificationService.Model;
using Amazon.StandIn;

namespace Amazon.SimpleNotificationService;

/// <summary>
/// SNS over the SDK's pipeline: credential chain, Signature Version 4, retries with back-off and throttling, endpoint override. Thread
/// safe.
/// </summary>
public class AmazonSimpleNotificationServiceClient : AmazonServiceClient, IAmazonSimpleNotificationService
{
    private static readonly InvokeOptions CreateTopicOptions = QueryOperation<CreateTopicResponse>.For("CreateTopic",
        result => new() { TopicArn = Text(result, "TopicArn") });
    private static readonly InvokeOptions DeleteTopicOptions = QueryOperation<DeleteTopicResponse>.For("DeleteTopic", _ => new());
    private static readonly InvokeOptions GetSubscriptionAttributesOptions = QueryOperation<GetSubscriptionAttributesResponse>.For(
        "GetSubscriptionAttributes", result => new() { Attributes = Map(result, "Attributes") });
    private static readonly InvokeOptions GetTopicAttributesOptions = QueryOperation<GetTopicAttributesResponse>.For("GetTopicAttributes",
        result => new() { Attributes = Map(result, "Attributes") });
    private static readonly InvokeOptions ListSubscriptionsByTopicOptions = QueryOperation<ListSubscriptionsByTopicResponse>.For(
        "ListSubscriptionsByTopic",
        result => new()
        {
            NextToken = Text(result, "NextToken"),
            Subscriptions = List(result, "Subscriptions", member => new Subscription
            {
                Endpoint = Text(member, "Endpoint"),
                Owner = Text(member, "Owner"),
                Protocol = Text(member, "Protocol"),
                SubscriptionArn = Text(member, "SubscriptionArn"),
                TopicArn = Text(member, "TopicArn"),
            }),
        });
    private static readonly InvokeOptions ListTopicsOptions = QueryOperation<ListTopicsResponse>.For("ListTopics",
        result => new()
        {
            NextToken = Text(result, "NextToken"),
            Topics = List(result, "Topics", member => new Topic { TopicArn = Text(member, "TopicArn") }),
        });
    private static readonly InvokeOptions PublishOptions = QueryOperation<PublishResponse>.For("Publish",
        result => new() { MessageId = Text(result, "MessageId"), SequenceNumber = Text(result, "SequenceNumber") });
    private static readonly InvokeOptions PublishBatchOptions = QueryOperation<PublishBatchResponse>.For("PublishBatch",
        result => new()
        {
            Failed = List(result, "Failed", member => new BatchResultErrorEntry
            {
                Code = Text(member, "Code"),
                Id = Text(member, "Id"),
                Message = Text(member, "Message"),
                SenderFault = Text(member, "SenderFault") is { } fault ? fault == "true" : null,
            }),
            Successful = List(result, "Successful", member => new PublishBatchResultEntry
            {
                Id = Text(member, "Id"),
                MessageId = Text(member, "MessageId"),
                SequenceNumber = Text(member, "SequenceNumber"),
            }),
        });
    private static readonly InvokeOptions SetSubscriptionAttributesOptions = QueryOperation<SetSubscriptionAttributesResponse>.For(
        "SetSubscriptionAttributes", _ => new());
    private static readonly InvokeOptions SetTopicAttributesOptions = QueryOperation<SetTopicAttributesResponse>.For(
        "SetTopicAttributes", _ => new());
    private static readonly InvokeOptions SubscribeOptions = QueryOperation<SubscribeResponse>.For("Subscribe",
        result => new() { SubscriptionArn = Text(result, "SubscriptionArn") });
    private static readonly InvokeOptions TagResourceOptions = QueryOperation<TagResourceResponse>.For("TagResource", _ => new());
    private static readonly InvokeOptions UnsubscribeOptions = QueryOperation<UnsubscribeResponse>.For("Unsubscribe", _ => new());

    public AmazonSimpleNotificationServiceClient() : this(new AmazonSimpleNotificationServiceConfig())
    {
    }

    public AmazonSimpleNotificationServiceClient(RegionEndpoint region)
        : this(new AmazonSimpleNotificationServiceConfig { RegionEndpoint = region })
    {
    }

    public AmazonSimpleNotificationServiceClient(AmazonSimpleNotificationServiceConfig config) : base(config)
    {
    }

    public AmazonSimpleNotificationServiceClient(AWSCredentials credentials)
        : this(credentials, new AmazonSimpleNotificationServiceConfig())
    {
    }

    public AmazonSimpleNotificationServiceClient(AWSCredentials credentials, RegionEndpoint region)
        : this(credentials, new AmazonSimpleNotificationServiceConfig { RegionEndpoint = region })
    {
    }

    public AmazonSimpleNotificationServiceClient(AWSCredentials credentials, AmazonSimpleNotificationServiceConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonSimpleNotificationServiceClient(
        string awsAccessKeyId, string awsSecretAccessKey, AmazonSimpleNotificationServiceConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonSimpleNotificationServiceClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken,
        AmazonSimpleNotificationServiceConfig clientConfig) : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata { get; } = new ServiceMetadata("SNS");

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => AwsService.UseRegionalEndpointAndSigV4(pipeline);

    public Task<CreateTopicResponse> CreateTopicAsync(string name, CancellationToken cancellationToken = default) =>
        CreateTopicAsync(new CreateTopicRequest(name), cancellationToken);

    public Task<CreateTopicResponse> CreateTopicAsync(CreateTopicRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<CreateTopicResponse>(request, CreateTopicOptions, cancellationToken);

    public Task<DeleteTopicResponse> DeleteTopicAsync(string topicArn, CancellationToken cancellationToken = default) =>
        DeleteTopicAsync(new DeleteTopicRequest(topicArn), cancellationToken);

    public Task<DeleteTopicResponse> DeleteTopicAsync(DeleteTopicRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DeleteTopicResponse>(request, DeleteTopicOptions, cancellationToken);

    public Task<GetSubscriptionAttributesResponse> GetSubscriptionAttributesAsync(
        string subscriptionArn, CancellationToken cancellationToken = default) =>
        GetSubscriptionAttributesAsync(new GetSubscriptionAttributesRequest(subscriptionArn), cancellationToken);

    public Task<GetSubscriptionAttributesResponse> GetSubscriptionAttributesAsync(
        GetSubscriptionAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetSubscriptionAttributesResponse>(request, GetSubscriptionAttributesOptions, cancellationToken);

    public Task<GetTopicAttributesResponse> GetTopicAttributesAsync(string topicArn, CancellationToken cancellationToken = default) =>
        GetTopicAttributesAsync(new GetTopicAttributesRequest(topicArn), cancellationToken);

    public Task<GetTopicAttributesResponse> GetTopicAttributesAsync(
        GetTopicAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetTopicAttributesResponse>(request, GetTopicAttributesOptions, cancellationToken);

    public Task<ListSubscriptionsByTopicResponse> ListSubscriptionsByTopicAsync(
        string topicArn, CancellationToken cancellationToken = default) =>
        ListSubscriptionsByTopicAsync(new ListSubscriptionsByTopicRequest(topicArn), cancellationToken);

    public Task<ListSubscriptionsByTopicResponse> ListSubscriptionsByTopicAsync(
        ListSubscriptionsByTopicRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ListSubscriptionsByTopicResponse>(request, ListSubscriptionsByTopicOptions, cancellationToken);

    public Task<ListTopicsResponse> ListTopicsAsync(CancellationToken cancellationToken = default) =>
        ListTopicsAsync(new ListTopicsRequest(), cancellationToken);

    public Task<ListTopicsResponse> ListTopicsAsync(ListTopicsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ListTopicsResponse>(request, ListTopicsOptions, cancellationToken);

    public Task<PublishResponse> PublishAsync(string topicArn, string message, CancellationToken cancellationToken = default) =>
        PublishAsync(new PublishRequest(topicArn, message), cancellationToken);

    public Task<PublishResponse> PublishAsync(PublishRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<PublishResponse>(request, PublishOptions, cancellationToken);

    public Task<PublishBatchResponse> PublishBatchAsync(PublishBatchRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<PublishBatchResponse>(request, PublishBatchOptions, cancellationToken);

    public Task<SetSubscriptionAttributesResponse> SetSubscriptionAttributesAsync(
        string subscriptionArn, string attributeName, string attributeValue, CancellationToken cancellationToken = default) =>
        SetSubscriptionAttributesAsync(
            new SetSubscriptionAttributesRequest(subscriptionArn, attributeName, attributeValue), cancellationToken);

    public Task<SetSubscriptionAttributesResponse> SetSubscriptionAttributesAsync(
        SetSubscriptionAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SetSubscriptionAttributesResponse>(request, SetSubscriptionAttributesOptions, cancellationToken);

    public Task<SetTopicAttributesResponse> SetTopicAttributesAsync(string topicArn, string attributeName, string attributeValue,
        CancellationToken cancellationToken = default) =>
        SetTopicAttributesAsync(new SetTopicAttributesRequest(topicArn, attributeName, attributeValue), cancellationToken);

    public Task<SetTopicAttributesResponse> SetTopicAttributesAsync(
        SetTopicAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SetTopicAttributesResponse>(request, SetTopicAttributesOptions, cancellationToken);

    public Task<SubscribeResponse> SubscribeAsync(
        string topicArn, string protocol, string endpoint, CancellationToken cancellationToken = default) =>
        SubscribeAsync(new SubscribeRequest(topicArn, protocol, endpoint), cancellationToken);

    public Task<SubscribeResponse> SubscribeAsync(SubscribeRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SubscribeResponse>(request, SubscribeOptions, cancellationToken);

    public Task<TagResourceResponse> TagResourceAsync(TagResourceRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<TagResourceResponse>(request, TagResourceOptions, cancellationToken);

    public Task<UnsubscribeResponse> UnsubscribeAsync(string subscriptionArn, CancellationToken cancellationToken = default) =>
        UnsubscribeAsync(new UnsubscribeRequest(subscriptionArn), cancellationToken);

    public Task<UnsubscribeResponse> UnsubscribeAsync(UnsubscribeRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<UnsubscribeResponse>(request, UnsubscribeOptions, cancellationToken);

    private static string? Text(XElement parent, string name) => Child(parent, name)?.Value;

    private static Dictionary<string, string> Map(XElement parent, string name) =>
        Child(parent, name)?.Elements().ToDictionary(entry => Text(entry, "key")!, entry => Text(entry, "value")!) ?? [];

    private static List<T> List<T>(XElement parent, string name, Func<XElement, T> read) =>
        [.. (Child(parent, name)?.Elements() ?? []).Select(read)];

    // Local endpoints are not careful with the XML namespace, so names are compared without it.
    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);
}
