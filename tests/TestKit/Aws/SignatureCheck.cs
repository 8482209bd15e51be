using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Trading.TestKit.Aws;

/// <summary>An access key as the service knows it.</summary>
/// <param name="AccessKey">Its public id.</param>
/// <param name="SecretKey">What requests are signed with.</param>
/// <param name="SessionToken">Must be sent and signed along with temporary keys.</param>
public sealed record AwsKey(string AccessKey, string SecretKey, string? SessionToken = null)
{
    /// <summary>The key of AWS's documentation, which the SDK finds in this process and in the programs that it starts.</summary>
    public static AwsKey Example { get; } = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

    /// <summary>The key of the local endpoint, which services as processes are given.</summary>
    public static AwsKey Local { get; } = new("local", "local");
}

/// <summary>Why AWS would refuse a request before looking at what it asks for.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">Type of the error.</param>
/// <param name="Message">What is wrong.</param>
public sealed record Refusal(int Status, string Type, string Message);

/// <summary>
/// Signature Version 4 as its public description has it, computed from the request as it came over the wire and without the SDK.
/// </summary>
public static partial class SignatureCheck
{
    private const string Unsigned = "UNSIGNED-PAYLOAD";
    private static readonly TimeSpan MostClockDifference = TimeSpan.FromMinutes(5);

    /// <summary>Checks a request.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="keys">The keys that exist.</param>
    /// <param name="region">Region that must be signed for.</param>
    /// <param name="service">Name of the service that must be signed for, for example "timestream".</param>
    /// <param name="now">The service's clock.</param>
    /// <returns>Null when AWS would accept it.</returns>
    public static Refusal? Of(WireRequest request, IReadOnlyList<AwsKey> keys, string region, string service, DateTimeOffset now)
    {
        if (!request.Headers.TryGetValue("Authorization", out var authorization))
            return new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        if (Parts().Match(authorization) is not { Success: true } parts)
            return new(403, "IncompleteSignatureException", $"Authorization header cannot be read: {authorization}");
        var (accessKey, scope, signedHeaders, signature) = (parts.Groups[1].Value, parts.Groups[2].Value,
            parts.Groups[3].Value, parts.Groups[4].Value);
        if (keys.FirstOrDefault(known => known.AccessKey == accessKey) is not { } key)
            return new(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        if (!request.Headers.TryGetValue("X-Amz-Date", out var time) || !DateTimeOffset.TryParseExact(time, "yyyyMMddTHHmmssZ",
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt))
            return new(403, "IncompleteSignatureException", "Authorization header requires existence of a 'X-Amz-Date' header.");
        if ((now - signedAt).Duration() > MostClockDifference)
            return new(403, "InvalidSignatureException", $"Signature expired: {time} is more than 5 minutes from {now:u}");
        if (scope != $"{time[..8]}/{region}/{service}/aws4_request")
            return new(403, "InvalidSignatureException",
                $"Credential should be scoped to {time[..8]}/{region}/{service}/aws4_request, was {scope}");
        if (key.SessionToken is { } token && (!request.Headers.TryGetValue("X-Amz-Security-Token", out var given) || given != token))
            return new(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        if (Unsafe(request, signedHeaders) is { } missing)
            return new(403, "InvalidSignatureException", missing);
        if (PayloadHash(request, service, out var payload) is { } altered)
            return new(400, "XAmzContentSHA256Mismatch", altered);
        var expected = Signature(request, key, scope, signedHeaders, service, payload);
        return signature == expected ? null
            : new(403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "
                + "Check your AWS Secret Access Key and signing method.");
    }

    /// <summary>The signature of a request with a key, as lower-case hexadecimal digits.</summary>
    public static string Signature(WireRequest request, AwsKey key, string scope, string signedHeaders, string service, string payloadHash)
    {
        var headers = string.Concat(
            signedHeaders.Split(';').Select(name => $"{name}:{Spaces().Replace(request.Headers[name].Trim(), " ")}\n"));
        var canonical = $"{request.Method}\n{CanonicalPath(request.RawPath, service)}\n{CanonicalQuery(request.RawQuery)}\n{headers}\n"
            + $"{signedHeaders}\n{payloadHash}";
        var toSign =
            $"AWS4-HMAC-SHA256\n{request.Headers["X-Amz-Date"]}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signingKey = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + key.SecretKey),
            (from, part) => HMACSHA256.HashData(from, Encoding.UTF8.GetBytes(part)));
        return Hex(HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(toSign)));
    }

    // S3 signs the path as it is sent; every other service escapes it once more, so that the colon of a model's id, sent as %3A, is signed
    // as %253A.
    private static string CanonicalPath(string rawPath, string service) =>
        service == "s3" ? rawPath : string.Join('/', rawPath.Split('/').Select(Escape));

    private static string CanonicalQuery(string rawQuery) => string.Join('&', rawQuery
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(
            pair => (Name: Escape(Uri.UnescapeDataString(pair[0])), Value: pair.Length == 2 ? Escape(Uri.UnescapeDataString(pair[1])) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    /// <summary>Everything but letters, digits and -._~ as %XY, as RFC 3986 and AWS want it.</summary>
    public static string Escape(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(one =>
        char.IsAsciiLetterOrDigit((char)one) || one is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
            ? ((char)one).ToString() : $"%{one:X2}"));

    private static string? Unsafe(WireRequest request, string signedHeaders)
    {
        var signed = signedHeaders.Split(';');
        if (!signed.SequenceEqual(signed.Order(StringComparer.Ordinal)))
            return $"SignedHeaders must be sorted, was {signedHeaders}";
        if (signed.FirstOrDefault(name => !request.Headers.ContainsKey(name)) is { } absent)
            return $"the signed header {absent} was not sent";
        var wanted = request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name == "host" || name.StartsWith("x-amz-", StringComparison.Ordinal));
        return wanted.FirstOrDefault(name => !signed.Contains(name)) is { } unsigned ? $"the header {unsigned} must be signed" : null;
    }

    private static string? PayloadHash(WireRequest request, string service, out string hash)
    {
        hash = Hex(SHA256.HashData(request.Body));
        if (!request.Headers.TryGetValue("x-amz-content-sha256", out var told))
            return service == "s3" ? "Missing required header for this request: x-amz-content-sha256" : null;
        if (told != hash && told != Unsigned && !told.StartsWith("STREAMING-", StringComparison.Ordinal))
            return "The provided 'x-amz-content-sha256' header does not match what was computed.";
        hash = told;
        return null;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    [GeneratedRegex(@"^AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$")]
    private static partial Regex Parts();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
