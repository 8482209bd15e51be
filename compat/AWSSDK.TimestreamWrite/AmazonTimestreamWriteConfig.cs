using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.StandIn;
using Amazon.Util.Internal;

namespace Amazon.TimestreamWrite;

/// <summary>
/// Settings of a Timestream client: region or service URL, endpoint discovery, retries, timeouts and the rest of the SDK's common ones.
/// </summary>
public class AmazonTimestreamWriteConfig : ClientConfig
{
    public AmazonTimestreamWriteConfig() : base(new DefaultConfigurationProvider(AwsService.DefaultConfigurations))
    {
        base.ServiceId = ServiceId;
        AuthenticationServiceName = "timestream";
        EndpointProvider = new RegionalEndpointProvider("ingest.timestream");
    }

    public static new string ServiceId => "Timestream Write";

    public override string RegionEndpointServiceName => "ingest.timestream";

    public override string ServiceVersion => "2018-11-01";

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("Timestream Write", "4.0.3.15");

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        EndpointProvider.ResolveEndpoint(RegionalEndpointProvider.ParametersOf(this, parameters.AlternateEndpoint));
}
