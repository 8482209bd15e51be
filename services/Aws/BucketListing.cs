using Amazon.S3;
using Amazon.S3.Model;

namespace Trading.Aws;

/// <summary>Lists the objects of a bucket, page by page.</summary>
/// <param name="s3">The client.</param>
/// <param name="bucket">The bucket.</param>
internal sealed class BucketListing(AmazonS3Client s3, string bucket)
{
    /// <summary>The keys that begin with a prefix, without their versions.</summary>
    public async Task<List<(string Key, string? Version)>> KeysAsync(string prefix, CancellationToken cancellation)
    {
        var keys = new List<(string, string?)>();
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = await s3.ListObjectsV2Async(request, cancellation);
            keys.AddRange((page.S3Objects ?? []).Select(one => (one.Key, default(string))));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
        return keys;
    }

    /// <summary>Every version under such keys: a deletion in a bucket with Object Lock only hides the locked version.</summary>
    public async Task<List<(string Key, string? Version)>> VersionsAsync(string prefix, CancellationToken cancellation)
    {
        var versions = new List<(string, string?)>();
        var request = new ListVersionsRequest { BucketName = bucket, Prefix = prefix };
        ListVersionsResponse page;
        do
        {
            page = await s3.ListVersionsAsync(request, cancellation);
            versions.AddRange(
                (page.Versions ?? []).Where(one => one.IsDeleteMarker != true).Select(one => (one.Key, (string?)one.VersionId)));
            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
        while (page.IsTruncated == true);
        return versions;
    }
}
