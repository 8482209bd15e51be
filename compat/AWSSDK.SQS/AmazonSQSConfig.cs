using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.SQS;

/// <summary>Settings of an SQS client: region or service URL, retries, timeouts and the rest of the SDK's common ones.</summary>
public class AmazonSQSConfig : ClientConfig
{
    public AmazonSQSConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "sqs";
        EndpointProvider = new RegionalEndpointProvider("sqs");
    }

    public static new string ServiceId => "SQS";

    public override string RegionEndpointServiceName => "sqs";

    public override string ServiceVersion => "2012-11-05";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("SQS", "4.0.2.14");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
