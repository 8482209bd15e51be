using System.Globalization;
using System.Security;
using System.Text;
using Trading.TestKit.Aws;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// A bucket of S3 with Object Lock as far as checkpoints need it, by AWS's description: conditional writes, locks that demand a checksum,
/// versions, deletions that only hide, listings in pages of two. The requests' signatures are checked by the server below it.
/// </summary>
public sealed class LockingS3 : IAsyncDisposable
{
    public const string Bucket = "checkpoints";
    private const int Page = 2;

    private readonly Lock _lock = new();
    private readonly List<Version> _versions = [];
    private ProtocolServer _server = null!;

    public sealed record Version(string Key, string Id, string? Text, string? Mode, string? Until);

    public string Url => _server.Url;

    /// <summary>Everything that came.</summary>
    public ProtocolServer Server => _server;

    /// <summary>All versions, the oldest first; a deletion is one without text.</summary>
    public IReadOnlyList<Version> Versions
    {
        get
        {
            lock (_lock)
                return [.. _versions];
        }
    }

    public static async Task<LockingS3> StartAsync()
    {
        var s3 = new LockingS3();
        s3._server = await ProtocolServer.StartAsync(new("s3"), s3.Answer);
        s3._server.Keys = [AwsKey.Example];
        return s3;
    }

    /// <summary>What somebody with the right to delete can do.</summary>
    public void Delete(string key)
    {
        lock (_lock)
            _versions.Add(new(key, $"v{_versions.Count + 1}", null, null, null));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private WireAnswer Answer(WireRequest request)
    {
        var path = Uri.UnescapeDataString(request.RawPath).TrimStart('/').Split('/', 2);
        var query = request.RawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "");
        if (path[0] != Bucket)
            return Error(404, "NoSuchBucket", "The specified bucket does not exist");
        lock (_lock)
        {
            return request.Method switch
            {
                "PUT" => Put(path[1], request),
                "GET" when query.ContainsKey("versions") => List(query),
                "GET" or "HEAD" => Get(path[1], query.GetValueOrDefault("versionId")),
                _ => Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource."),
            };
        }
    }

    private WireAnswer Put(string key, WireRequest request)
    {
        if (_versions.LastOrDefault(version => version.Key == key) is { Text: not null }
            && request.Headers.GetValueOrDefault("If-None-Match") == "*")
            return Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        var (mode, until) = (request.Headers.GetValueOrDefault("x-amz-object-lock-mode"),
            request.Headers.GetValueOrDefault("x-amz-object-lock-retain-until-date"));
        if ((mode is null) != (until is null))
            return Error(400, "InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
        if (mode is not null && !request.Headers.ContainsKey("Content-MD5")
            && !request.Headers.Keys.Any(name => name.StartsWith("x-amz-checksum-", StringComparison.OrdinalIgnoreCase)))
            return Error(400, "InvalidRequest",
                "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters");
        _versions.Add(new(key, $"v{_versions.Count + 1}", request.Text, mode, until));
        return new(200, "application/xml", "");
    }

    private WireAnswer Get(string key, string? id)
    {
        var version = _versions.LastOrDefault(one => one.Key == key && (id is null || one.Id == id));
        if (version?.Text is not { } text)
            return Error(404, "NoSuchKey", "The specified key does not exist.");
        var headers = new Dictionary<string, string> { ["x-amz-version-id"] = version.Id };
        if (version is { Mode: { } mode, Until: { } until })
            (headers["x-amz-object-lock-mode"], headers["x-amz-object-lock-retain-until-date"]) = (mode, until);
        return new(200, "text/plain; charset=utf-8", text) { Headers = headers };
    }

    private WireAnswer List(Dictionary<string, string> query)
    {
        var after = (Key: query.GetValueOrDefault("key-marker", ""), Id: query.GetValueOrDefault("version-id-marker", ""));
        var all = _versions.Where(version => version.Key.StartsWith(query.GetValueOrDefault("prefix", ""), StringComparison.Ordinal))
            .OrderBy(version => version.Key, StringComparer.Ordinal).ToList();
        var begin = after.Key.Length == 0 ? 0 : all.FindIndex(version => version.Key == after.Key && version.Id == after.Id) + 1;
        var page = all.Skip(begin).Take(Page).ToList();
        var xml = new StringBuilder(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        xml.Append(CultureInfo.InvariantCulture,
            $"<Name>{Bucket}</Name><IsTruncated>{(begin + Page < all.Count ? "true" : "false")}</IsTruncated>");
        if (begin + Page < all.Count)
            xml.Append(CultureInfo.InvariantCulture,
                $"<NextKeyMarker>{page[^1].Key}</NextKeyMarker><NextVersionIdMarker>{page[^1].Id}</NextVersionIdMarker>");
        foreach (var version in page)
        {
            var element = version.Text is null ? "DeleteMarker" : "Version";
            xml.Append(CultureInfo.InvariantCulture, $"<{element}><Key>{version.Key}</Key><VersionId>{version.Id}"
                + $"</VersionId><IsLatest>false</IsLatest><LastModified>2024-03-01T00:00:00.000Z</LastModified></{element}>");
        }
        return new(200, "application/xml", xml.Append("</ListVersionsResult>").ToString());
    }

    private static WireAnswer Error(int status, string code, string message) =>
        new(status, "application/xml", $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>"
            + $"{SecurityElement.Escape(message)}</Message><RequestId>r-1</RequestId></Error>");
}
