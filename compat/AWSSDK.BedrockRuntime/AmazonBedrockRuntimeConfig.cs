using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.BedrockRuntime;

/// <summary>Settings of a Bedrock runtime client: region or service URL, retries, timeouts and the rest of the SDK's common ones.</summary>
public class AmazonBedrockRuntimeConfig : ClientConfig
{
    public AmazonBedrockRuntimeConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "bedrock";
        EndpointProvider = new RegionalEndpointProvider("bedrock-runtime");
    }

    public static new string ServiceId => "Bedrock Runtime";

    public override string RegionEndpointServiceName => "bedrock-runtime";

    public override string ServiceVersion => "2023-09-30";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("Bedrock Runtime", "4.0.16.0");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
