using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Trading.Hosting.Settings;
using Trading.LocalServers;
using Trading.TestKit.Servers;

namespace Trading.Integration.Tests.Profiles;

/// <summary>What DynamoDB and S3 hold of the services of a profile, read past their ways.</summary>
/// <param name="aws">S3.</param>
/// <param name="settings">The names of tables and bucket.</param>
internal sealed class ProfileStores(LocalAws aws, TradingSettings settings)
{
    private static readonly BasicAWSCredentials Credentials = new("local", "local");

    /// <summary>The items of the price table.</summary>
    public Task<List<Dictionary<string, AttributeValue>>> PricesAsync() => ItemsAsync(settings.DynamoDbPriceTable);

    /// <summary>The items of the trade table; none before there is one.</summary>
    public Task<List<Dictionary<string, AttributeValue>>> TradesAsync() => ItemsAsync(settings.DynamoDbTradeTable);

    /// <summary>The keys of the bucket.</summary>
    public async Task<List<string>> KeysAsync()
    {
        using var s3 = new AmazonS3Client(Credentials,
            new AmazonS3Config { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion, ForcePathStyle = true });
        var (keys, request) = (new List<string>(), new ListObjectsV2Request { BucketName = settings.RawPriceBucket });
        ListObjectsV2Response page;
        do
        {
            page = await s3.ListObjectsV2Async(request);
            keys.AddRange((page.S3Objects ?? []).Select(stored => stored.Key));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
        return keys;
    }

    /// <summary>An object of the bucket.</summary>
    public async Task<JsonElement> ObjectAsync(string key)
    {
        using var s3 = new AmazonS3Client(Credentials,
            new AmazonS3Config { ServiceURL = aws.Url.ToString(), AuthenticationRegion = settings.AwsRegion, ForcePathStyle = true });
        using var stored = await s3.GetObjectAsync(settings.RawPriceBucket, key);
        return (await JsonDocument.ParseAsync(stored.ResponseStream)).RootElement;
    }

    private async Task<List<Dictionary<string, AttributeValue>>> ItemsAsync(string table)
    {
        using var client = new AmazonDynamoDBClient(Credentials, new AmazonDynamoDBConfig
        {
            ServiceURL = (await StoreServers.PlaceAsync("dynalite")).Url,
            AuthenticationRegion = settings.AwsRegion
        });
        var (items, request) = (new List<Dictionary<string, AttributeValue>>(), new ScanRequest(table) { ConsistentRead = true });
        try
        {
            do
            {
                var page = await client.ScanAsync(request);
                items.AddRange(page.Items);
                request.ExclusiveStartKey = page.LastEvaluatedKey;
            }
            while (request.ExclusiveStartKey is { Count: > 0 });
        }
        catch (Amazon.DynamoDBv2.Model.ResourceNotFoundException)
        {
            // It is created with the first trade.
        }
        return items;
    }
}
