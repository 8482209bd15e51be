using System.Net;
using System.Text;
using System.Xml;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Trading.Aws;

/// <summary>Texts in S3 that are written once and protected by Object Lock. Credentials come from the SDK's chain.</summary>
public sealed class LockedBucket : IDisposable
{
    private const int ReadsAtOnce = 8;
    private const int MaxLength = 64 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly LockedBucketOptions _options;
    private readonly TimeProvider _clock;
    private readonly AmazonS3Client _s3;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="options">Where the bucket is and how it locks.</param>
    /// <param name="clock">The clock of the protection's dates.</param>
    public LockedBucket(LockedBucketOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        // Other endpoints than AWS's have no host name for each bucket.
        _s3 = new AmazonS3Client(new AwsPlace(options.Region, options.ServiceUrl)
            .Lead(new AmazonS3Config { Timeout = Timeout, ForcePathStyle = options.ServiceUrl is not null }));
    }

    /// <summary>
    /// Writes a text under a new key, locks it, and checks the lock. The same text a second time changes nothing.
    /// </summary>
    /// <exception cref="LockedBucketException">
    /// The key holds another text, or the bucket refused, could not be reached, or does not lock.
    /// </exception>
    public Task PutAsync(string key, string text, CancellationToken cancellation) => AskAsync(key, async () =>
    {
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket, Key = key, ContentBody = text, ContentType = "text/plain; charset=utf-8", IfNoneMatch = "*",
            UseChunkEncoding = false, ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
        };
        if (_options.Mode != RetentionMode.None)
        {
            request.ObjectLockMode = _options.Mode == RetentionMode.Compliance ? ObjectLockMode.Compliance : ObjectLockMode.Governance;
            request.ObjectLockRetainUntilDate = _clock.GetUtcNow().AddDays(_options.RetentionDays).UtcDateTime;
        }
        try
        {
            await _s3.PutObjectAsync(request, cancellation);
        }
        catch (AmazonS3Exception there) when (there.StatusCode is HttpStatusCode.PreconditionFailed)
        {
            if (await TextAsync(key, null, cancellation) != text)
                throw new LockedBucketException($"{Place(key)} holds another text already");
        }
        if (_options.Mode == RetentionMode.None)
            return 0;
        // Stores with S3's protocol but without locks accept the request too.
        var head = await _s3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = key }, cancellation);
        return head.ObjectLockMode is { Value: { Length: > 0 } } && head.ObjectLockRetainUntilDate > _clock.GetUtcNow().UtcDateTime ? 0
            : throw new LockedBucketException(
                $"{Place(key)} was written and is not locked: the bucket needs Object Lock, or AnchorRetentionMode=none");
    }, cancellation);

    /// <summary>All texts whose key begins with a prefix, by key: every version, also deleted ones.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="wanted">Which of these keys are read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LockedBucketException">The bucket refused or could not be reached.</exception>
    public Task<IReadOnlyList<LockedText>> ListAsync(string prefix, Func<string, bool> wanted, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<LockedText>>(prefix, async () =>
        {
            var listing = new BucketListing(_s3, _options.Bucket);
            var all = _options.Mode == RetentionMode.None
                ? await listing.KeysAsync(prefix, cancellation) : await listing.VersionsAsync(prefix, cancellation);
            var found = all.FindAll(one => wanted(one.Key));
            var texts = new LockedText[found.Count];
            await Parallel.ForAsync(0, found.Count,
                new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellation }, async (at, stop) =>
                {
                    var (key, version) = found[at];
                    texts[at] = new(version is null ? Place(key) : $"{Place(key)} (version {version})",
                        await TextAsync(key, version, stop));
                });
            return texts;
        }, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _s3.Dispose();

    private async Task<string> TextAsync(string key, string? version, CancellationToken cancellation)
    {
        using var response = await _s3.GetObjectAsync(
            new GetObjectRequest { BucketName = _options.Bucket, Key = key, VersionId = version }, cancellation);
        if (response.ContentLength > MaxLength)
            throw new LockedBucketException($"{Place(key)} holds {response.ContentLength} bytes, more than any checkpoint has");
        using var reader = new StreamReader(response.ResponseStream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellation);
    }

    private async Task<T> AskAsync<T>(string key, Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (AmazonServiceException refused)
        {
            throw new LockedBucketException(
                $"{Place(key)}: {(string.IsNullOrEmpty(refused.ErrorCode) ? $"{(int)refused.StatusCode}" : refused.ErrorCode)}: "
                + $"{OneLine(refused.Message)}", isAbsent: refused.ErrorCode == "NoSuchBucket");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LockedBucketException($"{Place(key)}: no answer in {Timeout.TotalSeconds:N0} s");
        }
        catch (Exception unreachable) when (unreachable is AmazonClientException or HttpRequestException or IOException or XmlException)
        {
            throw new LockedBucketException($"{Place(key)}: {OneLine(unreachable.GetBaseException().Message)}");
        }
    }

    private string Place(string key) => $"s3://{_options.Bucket}/{key}";

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
