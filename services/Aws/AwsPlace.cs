using System.Net.Sockets;
using System.Text.Json;
using Amazon;
using Amazon.Runtime;

namespace Trading.Aws;

/// <summary>Where a service of AWS is.</summary>
/// <param name="Region">Region, for example eu-central-1.</param>
/// <param name="Url">Another endpoint that speaks its protocol; AWS's own, or what the SDK's standard variables name, when null.</param>
public sealed record AwsPlace(string Region, string? Url)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // Writes to stores are retried at fixed intervals; the SDK's own retries are for short failures.
    private const int Retries = 2;

    /// <summary>Configuration of a store's client.</summary>
    internal TConfig Configure<TConfig>(TConfig config)
        where TConfig : ClientConfig
    {
        (config.Timeout, config.MaxErrorRetry) = (Timeout, Retries);
        return Lead(config);
    }

    /// <summary>Sets region and endpoint of a client.</summary>
    internal TConfig Lead<TConfig>(TConfig config)
        where TConfig : ClientConfig
    {
        if (Url is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(Region);
            return config;
        }
        (config.ServiceURL, config.AuthenticationRegion) = (Url, Region);
        return config;
    }

    /// <summary>Its address, for people.</summary>
    public override string ToString() => Url ?? Region;
}

/// <summary>Failures of calls to AWS for reasons outside of this program.</summary>
public static class AwsFailure
{
    /// <summary>The failure in one line; null when it is a bug.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="cancellation">What the call could be ended with; a call that ended without it took too long.</param>
    public static string? Reason(Exception failure, CancellationToken cancellation) => failure switch
    {
        AmazonUnmarshallingException => $"unreadable answer: {OneLine(failure.GetBaseException().Message)}",
        AmazonServiceException { ErrorCode: { Length: > 0 } code } refused when refused.Message.Contains(code, StringComparison.Ordinal) =>
            OneLine(refused.Message),
        AmazonServiceException { ErrorCode: { Length: > 0 } code } refused => $"{code}: {OneLine(refused.Message)}",
        AmazonServiceException refused => $"{(int)refused.StatusCode}: {OneLine(refused.Message)}",
        AmazonClientException or HttpRequestException or IOException or SocketException => OneLine(failure.GetBaseException().Message),
        JsonException or System.Xml.XmlException => $"unreadable answer: {OneLine(failure.Message)}",
        OperationCanceledException when !cancellation.IsCancellationRequested => "no answer in time",
        _ => null,
    };

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
