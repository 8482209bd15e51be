using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SQS.Model;
using Amazon.StandIn;

namespace Amazon.SQS;

/// <summary>
/// SQS over the SDK's pipeline: credential chain, Signature Version 4, retries with back-off and throttling, endpoint override. Thread safe.
/// </summary>
public class AmazonSQSClient : AmazonServiceClient, IAmazonSQS
{
    public AmazonSQSClient() : this(new AmazonSQSConfig())
    {
    }

    public AmazonSQSClient(RegionEndpoint region) : this(new AmazonSQSConfig { RegionEndpoint = region })
    {
    }

    public AmazonSQSClient(AmazonSQSConfig config) : base(config)
    {
    }

    public AmazonSQSClient(AWSCredentials credentials) : this(credentials, new AmazonSQSConfig())
    {
    }

    public AmazonSQSClient(AWSCredentials credentials, RegionEndpoint region) : this(credentials, new AmazonSQSConfig { RegionEndpoint = region })
    {
    }

    public AmazonSQSClient(AWSCredentials credentials, AmazonSQSConfig clientConfig) : base(credentials, clientConfig)
    {
    }

    public AmazonSQSClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonSQSConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonSQSClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken, AmazonSQSConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata { get; } = new ServiceMetadata("SQS");

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        AwsService.UseRegionalEndpointAndSigV4(pipeline);
        pipeline.AddHandlerBefore<Unmarshaller>(new BodyChecksumHandler());
    }

    public Task<ChangeMessageVisibilityResponse> ChangeMessageVisibilityAsync(string queueUrl, string receiptHandle, int? visibilityTimeout, CancellationToken cancellationToken = default) =>
        ChangeMessageVisibilityAsync(new ChangeMessageVisibilityRequest(queueUrl, receiptHandle, visibilityTimeout), cancellationToken);

    public Task<ChangeMessageVisibilityResponse> ChangeMessageVisibilityAsync(ChangeMessageVisibilityRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ChangeMessageVisibilityResponse>(request, JsonOperation<ChangeMessageVisibilityRequest, ChangeMessageVisibilityResponse>.Options, cancellationToken);

    public Task<ChangeMessageVisibilityBatchResponse> ChangeMessageVisibilityBatchAsync(string queueUrl, List<ChangeMessageVisibilityBatchRequestEntry> entries, CancellationToken cancellationToken = default) =>
        ChangeMessageVisibilityBatchAsync(new ChangeMessageVisibilityBatchRequest(queueUrl, entries), cancellationToken);

    public Task<ChangeMessageVisibilityBatchResponse> ChangeMessageVisibilityBatchAsync(ChangeMessageVisibilityBatchRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ChangeMessageVisibilityBatchResponse>(request, JsonOperation<ChangeMessageVisibilityBatchRequest, ChangeMessageVisibilityBatchResponse>.Options, cancellationToken);

    public Task<CreateQueueResponse> CreateQueueAsync(string queueName, CancellationToken cancellationToken = default) =>
        CreateQueueAsync(new CreateQueueRequest(queueName), cancellationToken);

    public Task<CreateQueueResponse> CreateQueueAsync(CreateQueueRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<CreateQueueResponse>(request, JsonOperation<CreateQueueRequest, CreateQueueResponse>.Options, cancellationToken);

    public Task<DeleteMessageResponse> DeleteMessageAsync(string queueUrl, string receiptHandle, CancellationToken cancellationToken = default) =>
        DeleteMessageAsync(new DeleteMessageRequest(queueUrl, receiptHandle), cancellationToken);

    public Task<DeleteMessageResponse> DeleteMessageAsync(DeleteMessageRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DeleteMessageResponse>(request, JsonOperation<DeleteMessageRequest, DeleteMessageResponse>.Options, cancellationToken);

    public Task<DeleteMessageBatchResponse> DeleteMessageBatchAsync(string queueUrl, List<DeleteMessageBatchRequestEntry> entries, CancellationToken cancellationToken = default) =>
        DeleteMessageBatchAsync(new DeleteMessageBatchRequest(queueUrl, entries), cancellationToken);

    public Task<DeleteMessageBatchResponse> DeleteMessageBatchAsync(DeleteMessageBatchRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DeleteMessageBatchResponse>(request, JsonOperation<DeleteMessageBatchRequest, DeleteMessageBatchResponse>.Options, cancellationToken);

    public Task<DeleteQueueResponse> DeleteQueueAsync(string queueUrl, CancellationToken cancellationToken = default) =>
        DeleteQueueAsync(new DeleteQueueRequest(queueUrl), cancellationToken);

    public Task<DeleteQueueResponse> DeleteQueueAsync(DeleteQueueRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DeleteQueueResponse>(request, JsonOperation<DeleteQueueRequest, DeleteQueueResponse>.Options, cancellationToken);

    public Task<GetQueueAttributesResponse> GetQueueAttributesAsync(string queueUrl, List<string> attributeNames, CancellationToken cancellationToken = default) =>
        GetQueueAttributesAsync(new GetQueueAttributesRequest(queueUrl, attributeNames), cancellationToken);

    public Task<GetQueueAttributesResponse> GetQueueAttributesAsync(GetQueueAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetQueueAttributesResponse>(request, JsonOperation<GetQueueAttributesRequest, GetQueueAttributesResponse>.Options, cancellationToken);

    public Task<GetQueueUrlResponse> GetQueueUrlAsync(string queueName, CancellationToken cancellationToken = default) =>
        GetQueueUrlAsync(new GetQueueUrlRequest(queueName), cancellationToken);

    public Task<GetQueueUrlResponse> GetQueueUrlAsync(GetQueueUrlRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<GetQueueUrlResponse>(request, JsonOperation<GetQueueUrlRequest, GetQueueUrlResponse>.Options, cancellationToken);

    public Task<ListQueuesResponse> ListQueuesAsync(string queueNamePrefix, CancellationToken cancellationToken = default) =>
        ListQueuesAsync(new ListQueuesRequest(queueNamePrefix), cancellationToken);

    public Task<ListQueuesResponse> ListQueuesAsync(ListQueuesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ListQueuesResponse>(request, JsonOperation<ListQueuesRequest, ListQueuesResponse>.Options, cancellationToken);

    public Task<PurgeQueueResponse> PurgeQueueAsync(string queueUrl, CancellationToken cancellationToken = default) =>
        PurgeQueueAsync(new PurgeQueueRequest() { QueueUrl = queueUrl }, cancellationToken);

    public Task<PurgeQueueResponse> PurgeQueueAsync(PurgeQueueRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<PurgeQueueResponse>(request, JsonOperation<PurgeQueueRequest, PurgeQueueResponse>.Options, cancellationToken);

    public Task<ReceiveMessageResponse> ReceiveMessageAsync(string queueUrl, CancellationToken cancellationToken = default) =>
        ReceiveMessageAsync(new ReceiveMessageRequest(queueUrl), cancellationToken);

    public Task<ReceiveMessageResponse> ReceiveMessageAsync(ReceiveMessageRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<ReceiveMessageResponse>(request, JsonOperation<ReceiveMessageRequest, ReceiveMessageResponse>.Options, cancellationToken);

    public Task<SendMessageResponse> SendMessageAsync(string queueUrl, string messageBody, CancellationToken cancellationToken = default) =>
        SendMessageAsync(new SendMessageRequest(queueUrl, messageBody), cancellationToken);

    public Task<SendMessageResponse> SendMessageAsync(SendMessageRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SendMessageResponse>(request, JsonOperation<SendMessageRequest, SendMessageResponse>.Options, cancellationToken);

    public Task<SendMessageBatchResponse> SendMessageBatchAsync(string queueUrl, List<SendMessageBatchRequestEntry> entries, CancellationToken cancellationToken = default) =>
        SendMessageBatchAsync(new SendMessageBatchRequest(queueUrl, entries), cancellationToken);

    public Task<SendMessageBatchResponse> SendMessageBatchAsync(SendMessageBatchRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SendMessageBatchResponse>(request, JsonOperation<SendMessageBatchRequest, SendMessageBatchResponse>.Options, cancellationToken);

    public Task<SetQueueAttributesResponse> SetQueueAttributesAsync(string queueUrl, Dictionary<string, string> attributes, CancellationToken cancellationToken = default) =>
        SetQueueAttributesAsync(new SetQueueAttributesRequest(queueUrl, attributes), cancellationToken);

    public Task<SetQueueAttributesResponse> SetQueueAttributesAsync(SetQueueAttributesRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<SetQueueAttributesResponse>(request, JsonOperation<SetQueueAttributesRequest, SetQueueAttributesResponse>.Options, cancellationToken);

    public Task<TagQueueResponse> TagQueueAsync(TagQueueRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<TagQueueResponse>(request, JsonOperation<TagQueueRequest, TagQueueResponse>.Options, cancellationToken);
}
