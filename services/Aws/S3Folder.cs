using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Trading.Aws;

/// <summary>Objects in a bucket of S3.</summary>
public sealed class S3Folder(AwsPlace place, string bucket) : IDisposable
{
    // The only region whose buckets are created without naming it.
    private const string FirstRegion = "us-east-1";

    // Other endpoints than AWS's have no host name for each bucket.
    private readonly AmazonS3Client _client = new(place.Configure(new AmazonS3Config { ForcePathStyle = place.Url is not null }));

    /// <summary>Creates the bucket when it is missing.</summary>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.PutBucketAsync(
                new PutBucketRequest { BucketName = bucket, BucketRegionName = place.Region == FirstRegion ? null : place.Region },
                cancellation);
        }
        catch (AmazonS3Exception there) when (there.ErrorCode == "BucketAlreadyOwnedByYou")
        {
            // It exists already.
        }
    }

    /// <summary>Writes an object; an existing one stays unchanged if the service supports that condition.</summary>
    public async Task PutNewAsync(string key, ReadOnlyMemory<byte> content, string contentType, string? contentEncoding,
        CancellationToken cancellation)
    {
        using var body = new MemoryStream(content.ToArray(), writable: false);
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = body,
            ContentType = contentType,
            IfNoneMatch = "*",
            AutoCloseStream = false,
            UseChunkEncoding = false
        };
        if (contentEncoding is not null)
            request.Headers.ContentEncoding = contentEncoding;
        try
        {
            await _client.PutObjectAsync(request, cancellation);
        }
        catch (AmazonS3Exception there) when (there.StatusCode == HttpStatusCode.PreconditionFailed)
        {
            // Another replica was first, or this is a retry.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
