using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.SecretsManager;

/// <summary>Settings of a Secrets Manager client: region or service URL, retries, timeouts and the rest of the SDK's common ones.</summary>
public class AmazonSecretsManagerConfig : ClientConfig
{
    public AmazonSecretsManagerConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "secretsmanager";
        EndpointProvider = new RegionalEndpointProvider("secretsmanager");
    }

    public static new string ServiceId => "Secrets Manager";

    public override string RegionEndpointServiceName => "secretsmanager";

    public override string ServiceVersion => "2017-10-17";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("Secrets Manager", "4.0.100.12");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
