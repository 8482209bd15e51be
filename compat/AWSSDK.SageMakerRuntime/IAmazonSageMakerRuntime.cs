using Amazon.Runtime;
using Amazon.SageMakerRuntime.Model;

namespace Amazon.SageMakerRuntime;

/// <summary>The operation of SageMaker's runtime that this system uses.</summary>
public interface IAmazonSageMakerRuntime : IAmazonService, IDisposable
{
    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonSageMakerRuntimeConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonSageMakerRuntimeClient(awsCredentials, (AmazonSageMakerRuntimeConfig)clientConfig);

    Task<InvokeEndpointResponse> InvokeEndpointAsync(InvokeEndpointRequest request, CancellationToken cancellationToken = default);
}
