using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.SimpleNotificationService;

/// <summary>Settings of an SNS client: region or service URL, retries, timeouts and the rest of the SDK's common ones.</summary>
public class AmazonSimpleNotificationServiceConfig : ClientConfig
{
    public AmazonSimpleNotificationServiceConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "sns";
        EndpointProvider = new RegionalEndpointProvider("sns");
    }

    public static new string ServiceId => "SNS";

    public override string RegionEndpointServiceName => "sns";

    public override string ServiceVersion => "2010-03-31";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("SNS", "4.0.2.16");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
