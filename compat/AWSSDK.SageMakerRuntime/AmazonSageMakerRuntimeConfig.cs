using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.SageMakerRuntime;

/// <summary>
/// Settings of a SageMaker runtime client: region or service URL, retries, timeouts and the rest of the SDK's common ones.
/// </summary>
public class AmazonSageMakerRuntimeConfig : ClientConfig
{
    public AmazonSageMakerRuntimeConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "sagemaker";
        EndpointProvider = new RegionalEndpointProvider("runtime.sagemaker", "runtime-fips.sagemaker");
    }

    public static new string ServiceId => "SageMaker Runtime";

    public override string RegionEndpointServiceName => "runtime.sagemaker";

    public override string ServiceVersion => "2017-05-13";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("SageMaker Runtime", "4.0.3.3");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
