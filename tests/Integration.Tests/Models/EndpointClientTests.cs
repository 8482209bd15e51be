using System.Text;
using Amazon;
using Amazon.BedrockRuntime;
using Amazon.BedrockRuntime.Model;
using Amazon.Runtime.Endpoints;
using Amazon.SageMakerRuntime;
using Amazon.SageMakerRuntime.Model;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>What the client of SageMaker's endpoints puts on the wire and takes, and where both clients find their service.</summary>
public sealed class EndpointClientTests
{
    [Fact]
    public async Task an_endpoint_is_asked_with_its_own_body_and_the_signature_holds()
    {
        await using var server = await ProtocolServer.StartAsync(new("sagemaker", "application/json"),
            _ => WireAnswer.Ok("[1]", "application/json") with
            {
                Headers = new Dictionary<string, string> { ["x-Amzn-Invoked-Production-Variant"] = "AllTraffic" },
            });
        using var sageMaker = SageMaker(server);

        var response = await sageMaker.InvokeEndpointAsync(
            new()
            {
                EndpointName = "my-endpoint",
                ContentType = "application/json",
                Accept = "application/json",
                InferenceId = "i-1",
                Body = new("[0]"u8.ToArray())
            });

        Assert.Empty(server.Refusals);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("/endpoints/my-endpoint/invocations", "[0]", "i-1"),
            (request.RawPath, request.Text, request.Headers["X-Amzn-SageMaker-Inference-Id"]));
        Assert.Equal(("[1]", "AllTraffic"), (Encoding.UTF8.GetString(response.Body!.ToArray()), response.InvokedProductionVariant));
    }

    [Theory]
    [InlineData(424, "ModelError", typeof(Amazon.SageMakerRuntime.Model.ModelErrorException))]
    [InlineData(400, "ValidationError", typeof(ValidationErrorException))]
    [InlineData(503, "ServiceUnavailable", typeof(Amazon.SageMakerRuntime.Model.ServiceUnavailableException))]
    [InlineData(403, "AccessDeniedException", typeof(AmazonSageMakerRuntimeException))]
    public async Task an_error_of_an_endpoint_has_its_type(int status, string code, Type type)
    {
        await using var server = await ProtocolServer.StartAsync(new("sagemaker"),
            _ => WireAnswer.Error(status, code, "so it is", "application/json"));
        using var sageMaker = SageMaker(server);

        var error = await Assert.ThrowsAnyAsync<AmazonSageMakerRuntimeException>(
            () => sageMaker.InvokeEndpointAsync(new() { EndpointName = "e", Body = new() }));

        Assert.Equal((type, code, "so it is"), (error.GetType(), error.ErrorCode, error.Message));
    }

    [Theory]
    [InlineData("eu-central-1", false, "https://bedrock-runtime.eu-central-1.amazonaws.com",
        "https://runtime.sagemaker.eu-central-1.amazonaws.com")]
    [InlineData("us-east-1", true, "https://bedrock-runtime-fips.us-east-1.amazonaws.com",
        "https://runtime-fips.sagemaker.us-east-1.amazonaws.com")]
    [InlineData("us-gov-west-1", false, "https://bedrock-runtime.us-gov-west-1.amazonaws.com",
        "https://runtime.sagemaker.us-gov-west-1.amazonaws.com")]
    public void the_endpoints_follow_from_region_and_options(string region, bool fips, string bedrock, string sageMaker)
    {
        var endpoint = RegionEndpoint.GetBySystemName(region);

        Assert.Equal(bedrock, new AmazonBedrockRuntimeConfig { RegionEndpoint = endpoint, UseFIPSEndpoint = fips }
            .DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new ConverseRequest())).URL);
        Assert.Equal(sageMaker, new AmazonSageMakerRuntimeConfig { RegionEndpoint = endpoint, UseFIPSEndpoint = fips }
            .DetermineServiceOperationEndpoint(new ServiceOperationEndpointParameters(new InvokeEndpointRequest())).URL);
    }

    private static AmazonSageMakerRuntimeClient SageMaker(ProtocolServer server) =>
        new(AwsKey.Example.AccessKey, AwsKey.Example.SecretKey,
            new AmazonSageMakerRuntimeConfig { ServiceURL = server.Url, AuthenticationRegion = ProtocolServer.Region, MaxErrorRetry = 0 });
}
