using System.Collections.ObjectModel;
using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using Amazon.Util;

namespace Amazon.StandIn;

// What the AWS clients of this folder have in common: where a regional service lives, how its requests are signed, and
// the SDK's named sets of timeouts. Compiled into each client, as the official packages do with their generated copies.

/// <summary>Endpoint rules of an ordinary regional service: a service URL wins, else host name by partition, FIPS and dual stack.</summary>
/// <param name="hostLabel">First labels of the host name.</param>
/// <param name="fipsLabel">The same for FIPS in the ordinary partition; with -fips appended when null.</param>
internal sealed class RegionalEndpointProvider(string hostLabel, string? fipsLabel = null) : IEndpointProvider
{
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        var fips = parameters["UseFIPS"] is true;
        var dualStack = parameters["UseDualStack"] is true;
        if (parameters["Endpoint"] is string url && url.Length > 0)
            return fips || dualStack
                ? throw new AmazonClientException($"A service URL ({url}) excludes UseFIPSEndpoint and UseDualstackEndpoint.")
                : new Endpoint(url);
        if (parameters["Region"] is not string region || region.Length == 0)
            throw new AmazonClientException("No region: set RegionEndpoint, AWS_REGION or a profile with a region, or give a ServiceURL.");

        var partition = Fn.Partition(region);
        if (fips && !partition.supportsFIPS)
            throw new AmazonClientException($"UseFIPSEndpoint: partition {partition.name} of region {region} has no FIPS endpoints.");
        if (dualStack && !partition.supportsDualStack)
            throw new AmazonClientException(
                $"UseDualstackEndpoint: partition {partition.name} of region {region} has no dual stack endpoints.");
        // In the government partition the ordinary host is the FIPS host.
        var label = !fips || partition.name == "aws-us-gov" ? hostLabel
            : partition.name == "aws" && !dualStack && fipsLabel is not null ? fipsLabel
            : hostLabel + "-fips";
        return new Endpoint($"https://{label}.{region}.{(dualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix)}");
    }

    /// <summary>The parameters that every regional service takes from its client's configuration.</summary>
    internal static EndpointParameters ParametersOf(IClientConfig config, RegionEndpoint? alternate)
    {
        var region = alternate?.SystemName ?? config.RegionEndpoint?.SystemName;
        if (region is null && !string.IsNullOrEmpty(config.ServiceURL))
            region = string.IsNullOrEmpty(config.AuthenticationRegion)
                ? AWSSDKUtils.DetermineRegion(config.ServiceURL) : config.AuthenticationRegion;
        return new EndpointParameters
        {
            ["Region"] = region!,
            ["UseDualStack"] = config.UseDualstackEndpoint,
            ["UseFIPS"] = config.UseFIPSEndpoint,
            ["Endpoint"] = config.ServiceURL!,
        };
    }
}

/// <summary>Sends a request to the endpoint that the client's configuration says, whatever host a queue URL names.</summary>
internal sealed class RegionalEndpointResolver : BaseEndpointResolver
{
    protected override void ServiceSpecificHandler(IExecutionContext executionContext, EndpointParameters parameters) =>
        InjectHostPrefix(executionContext.RequestContext);

    protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) =>
        RegionalEndpointProvider.ParametersOf(requestContext.ClientConfig, requestContext.Request?.AlternateEndpoint);
}

internal sealed class SigV4AuthSchemeHandler : BaseAuthResolverHandler
{
    protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
}

/// <summary>What the SDK is told of a service.</summary>
internal sealed class ServiceMetadata(string serviceId) : IServiceMetadata
{
    public string ServiceId => serviceId;

    public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
}

internal static class AwsService
{
    /// <summary>The SDK's default configuration modes: the published connect and TLS timeouts of each.</summary>
    internal static readonly ReadOnlyCollection<IDefaultConfiguration> DefaultConfigurations = Array.AsReadOnly<IDefaultConfiguration>(
    [
        Mode(DefaultConfigurationMode.Standard, 3.1),
        Mode(DefaultConfigurationMode.InRegion, 1.1),
        Mode(DefaultConfigurationMode.CrossRegion, 3.1),
        Mode(DefaultConfigurationMode.Mobile, 30),
        Mode(DefaultConfigurationMode.Auto, 1.1),
    ]);

    private static DefaultConfiguration Mode(DefaultConfigurationMode name, double seconds) => new()
    {
        Name = name,
        RetryMode = RequestRetryMode.Standard,
        S3UsEast1RegionalEndpoint = S3UsEast1RegionalEndpointValue.Regional,
        ConnectTimeout = TimeSpan.FromSeconds(seconds),
        TlsNegotiationTimeout = TimeSpan.FromSeconds(seconds),
    };

    /// <summary>An error as services of JSON tell it: by its type in the body or in a header.</summary>
    internal static ErrorResponse ErrorOf(JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var reader = new StreamingUtf8JsonReader(input.Stream);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        (error.InnerException, error.StatusCode) = (innerException, statusCode);
        return error;
    }

    internal static void UseRegionalEndpointAndSigV4(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new RegionalEndpointResolver());
        pipeline.AddHandlerAfter<Marshaller>(new SigV4AuthSchemeHandler());
    }
}
