using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.SageMakerRuntime.Model;
using Amazon.StandIn;
using Amazon.Util;

namespace Amazon.SageMakerRuntime;

/// <summary>
/// SageMaker's runtime over the SDK's pipeline: credential chain, Signature Version 4, retries with back-off and throttling, endpoint
/// override. Thread safe.
/// </summary>
public class AmazonSageMakerRuntimeClient : AmazonServiceClient, IAmazonSageMakerRuntime
{
    public AmazonSageMakerRuntimeClient() : this(new AmazonSageMakerRuntimeConfig())
    {
    }

    public AmazonSageMakerRuntimeClient(RegionEndpoint region) : this(new AmazonSageMakerRuntimeConfig { RegionEndpoint = region })
    {
    }

    public AmazonSageMakerRuntimeClient(AmazonSageMakerRuntimeConfig config) : base(config)
    {
    }

    public AmazonSageMakerRuntimeClient(AWSCredentials credentials, AmazonSageMakerRuntimeConfig clientConfig)
        : base(credentials, clientConfig)
    {
    }

    public AmazonSageMakerRuntimeClient(string awsAccessKeyId, string awsSecretAccessKey, AmazonSageMakerRuntimeConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, clientConfig)
    {
    }

    public AmazonSageMakerRuntimeClient(string awsAccessKeyId, string awsSecretAccessKey, string awsSessionToken,
        AmazonSageMakerRuntimeConfig clientConfig)
        : base(awsAccessKeyId, awsSecretAccessKey, awsSessionToken, clientConfig)
    {
    }

    protected override IServiceMetadata ServiceMetadata { get; } = new ServiceMetadata("SageMaker Runtime");

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) => AwsService.UseRegionalEndpointAndSigV4(pipeline);

    public Task<InvokeEndpointResponse> InvokeEndpointAsync(InvokeEndpointRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<InvokeEndpointResponse>(request, InvokeEndpointOperation.Options, cancellationToken);
}

/// <summary>
/// The REST-JSON protocol: the endpoint is named in the path, the body is the model's own, an error is named in a header or by its type in
/// the body.
/// </summary>
internal sealed class InvokeEndpointOperation : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
{
    private static readonly InvokeEndpointOperation Instance = new();

    internal static readonly InvokeOptions Options = new() { RequestMarshaller = Instance, ResponseUnmarshaller = Instance };

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var invoke = (InvokeEndpointRequest)input;
        if (string.IsNullOrEmpty(invoke.EndpointName))
            throw new AmazonSageMakerRuntimeException("Request object does not have required field EndpointName set");
        var request = new DefaultRequest(input, "Amazon.SageMakerRuntime")
        {
            HttpMethod = "POST",
            ResourcePath = "/endpoints/{EndpointName}/invocations",
            ContentStream = invoke.Body ?? new MemoryStream(),
        };
        request.AddPathResource("{EndpointName}", invoke.EndpointName);
        request.ContentStream.Seek(0, SeekOrigin.Begin);
        request.Headers[HeaderKeys.ContentLengthHeader] = request.ContentStream.Length.ToString(CultureInfo.InvariantCulture);
        request.Headers[HeaderKeys.ContentTypeHeader] = invoke.ContentType ?? "application/octet-stream";
        request.Headers[HeaderKeys.XAmzApiVersion] = "2017-05-13";
        Add("Accept", invoke.Accept);
        Add("X-Amzn-SageMaker-Custom-Attributes", invoke.CustomAttributes);
        Add("X-Amzn-SageMaker-Inference-Id", invoke.InferenceId);
        Add("X-Amzn-SageMaker-Target-Model", invoke.TargetModel);
        Add("X-Amzn-SageMaker-Target-Variant", invoke.TargetVariant);
        return request;

        void Add(string header, string? value)
        {
            if (value is not null)
                request.Headers[header] = value;
        }
    }

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        var response = new InvokeEndpointResponse
        {
            Body = new(),
            ContentType = Header("Content-Type"),
            CustomAttributes = Header("X-Amzn-SageMaker-Custom-Attributes"),
            InvokedProductionVariant = Header("x-Amzn-Invoked-Production-Variant"),
        };
        input.Stream.CopyTo(response.Body);
        response.Body.Seek(0, SeekOrigin.Begin);
        return response;

        string? Header(string name) => input.ResponseData.IsHeaderPresent(name) ? input.ResponseData.GetHeaderValue(name) : null;
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode) =>
        AmazonSageMakerRuntimeException.For(AwsService.ErrorOf(input, innerException, statusCode));
}
