using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Util;
using Amazon.StandIn;
using Amazon.TimestreamWrite.Model;

namespace Amazon.TimestreamWrite;

/// <summary>
/// Timestream for writing over the SDK's pipeline: credential chain, Signature Version 4, retries, endpoint override, and the endpoint
/// discovery that the service demands: every operation goes to the cell that DescribeEndpoints named, until that answer has aged or a cell
/// says that it is the wrong one. Thread safe.
/// </summary>
public class AmazonTimestreamWriteClient : AmazonServiceClient, IAmazonTimestreamWrite
{
    private EndpointDiscoveryResolver? _endpoints;

    public AmazonTimestreamWriteClient() : this(new AmazonTimestreamWriteConfig())
    {
    }

    public AmazonTimestreamWriteClient(AmazonTimestreamWriteConfig config) : base(config)
    {
    }

    public AmazonTimestreamWriteClient(AWSCredentials credentials, AmazonTimestreamWriteConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonTimestreamWriteClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonTimestreamWriteConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata { get; } = new ServiceMetadata("Timestream Write");

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => AwsService.UseRegionalEndpointAndSigV4(pipeline);

    public Task<CreateDatabaseResponse> CreateDatabaseAsync(CreateDatabaseRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<CreateDatabaseResponse>(request, Discovering<CreateDatabaseRequest, CreateDatabaseResponse>(), cancellationToken);

    public Task<CreateTableResponse> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<CreateTableResponse>(request, Discovering<CreateTableRequest, CreateTableResponse>(), cancellationToken);

    public Task<DescribeEndpointsResponse> DescribeEndpointsAsync(
        DescribeEndpointsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<DescribeEndpointsResponse>(request,
            JsonOperation<DescribeEndpointsRequest, DescribeEndpointsResponse>.Options, cancellationToken);

    public Task<WriteRecordsResponse> WriteRecordsAsync(WriteRecordsRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<WriteRecordsResponse>(request, Discovering<WriteRecordsRequest, WriteRecordsResponse>(), cancellationToken);

    private InvokeOptions Discovering<TRequest, TResponse>()
        where TRequest : AmazonTimestreamWriteRequest
        where TResponse : AmazonWebServiceResponse, new()
    {
        var options = JsonOperation<TRequest, TResponse>.NewOptions();
        options.EndpointDiscoveryMarshaller = EndpointDiscovery.Marshaller;
        options.EndpointOperation = DiscoverEndpoints;
        return options;
    }

    private IEnumerable<DiscoveryEndpointBase> DiscoverEndpoints(EndpointOperationContextBase context)
    {
        var endpoints = LazyInitializer.EnsureInitialized(ref _endpoints,
            () => new EndpointDiscoveryResolver(Config, Logger.GetLogger(typeof(AmazonTimestreamWriteClient))));
        // The pipeline asks for endpoints synchronously, as the official client does.
        return endpoints.ResolveEndpoints(context, () => [.. Invoke<DescribeEndpointsResponse>(new DescribeEndpointsRequest(),
            JsonOperation<DescribeEndpointsRequest, DescribeEndpointsResponse>.Options)
            .Endpoints.Select(endpoint => new DiscoveryEndpoint(endpoint.Address, endpoint.CachePeriodInMinutes ?? 1))]);
    }
}

internal sealed class EndpointDiscovery : Amazon.Runtime.Internal.Transform.IMarshaller<EndpointDiscoveryDataBase, AmazonWebServiceRequest>
{
    internal static readonly EndpointDiscovery Marshaller = new();

    public EndpointDiscoveryDataBase Marshall(AmazonWebServiceRequest input) => new EndpointDiscoveryData(required: true);
}
