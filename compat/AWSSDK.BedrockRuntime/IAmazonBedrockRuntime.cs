using Amazon.BedrockRuntime.Model;
using Amazon.Runtime;

namespace Amazon.BedrockRuntime;

/// <summary>The operations of Bedrock's runtime that this system uses.</summary>
public interface IAmazonBedrockRuntime : IAmazonService, IDisposable
{
    static ClientConfig IAmazonService.CreateDefaultClientConfig() => new AmazonBedrockRuntimeConfig();

    static IAmazonService IAmazonService.CreateDefaultServiceClient(AWSCredentials awsCredentials, ClientConfig clientConfig) =>
        new AmazonBedrockRuntimeClient(awsCredentials, (AmazonBedrockRuntimeConfig)clientConfig);

    Task<ConverseResponse> ConverseAsync(ConverseRequest request, CancellationToken cancellationToken = default);
    Task<InvokeModelResponse> InvokeModelAsync(InvokeModelRequest request, CancellationToken cancellationToken = default);
}
