using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Trading.Aws;

/// <summary>A table of DynamoDB with a partition key of text and a sort key named timestamp.</summary>
internal sealed class DynamoDbTable(AwsPlace place, string name, string partitionKey, string? ttlAttribute = null) : IDisposable
{
    public const string Timestamp = "timestamp";
    private const int MostPerBatch = 25;
    private const int BatchesAtOnce = 8;
    private const int UnprocessedTries = 8;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    private readonly AmazonDynamoDBClient _client = new(place.Configure(new AmazonDynamoDBConfig()));

    public string Name => name;

    public AmazonDynamoDBClient Client => _client;

    /// <summary>Creates the table, billed by request, when it is missing; waits until it can be used.</summary>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.CreateTableAsync(new CreateTableRequest
            {
                TableName = name,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                AttributeDefinitions = [new(partitionKey, ScalarAttributeType.S), new(Timestamp, ScalarAttributeType.N)],
                KeySchema = [new(partitionKey, KeyType.HASH), new(Timestamp, KeyType.RANGE)],
            }, cancellation);
        }
        catch (ResourceInUseException)
        {
            // It exists, or another replica is creating it.
        }
        while ((await _client.DescribeTableAsync(name, cancellation)).Table.TableStatus != TableStatus.ACTIVE)
            await Task.Delay(FirstWait, cancellation);
        if (ttlAttribute is not null)
            await ExpireAsync(cancellation);
    }

    /// <summary>Writes an item unless there is one of its key.</summary>
    /// <returns>Whether it was new.</returns>
    public async Task<bool> PutNewAsync(Item item, CancellationToken cancellation)
    {
        try
        {
            await _client.PutItemAsync(
                new PutItemRequest
                {
                    TableName = name,
                    Item = item,
                    ConditionExpression = "attribute_not_exists(#key)",
                    ExpressionAttributeNames = new() { ["#key"] = partitionKey }
                }, cancellation);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Writes or overwrites items, 25 in a request and several requests in parallel; unprocessed items are sent again.
    /// </summary>
    public Task PutAsync(IEnumerable<Item> items, CancellationToken cancellation) => Parallel.ForEachAsync(
        items.Chunk(MostPerBatch), new ParallelOptions { MaxDegreeOfParallelism = BatchesAtOnce, CancellationToken = cancellation },
        async (chunk, token) => await PutBatchAsync(chunk, token));

    /// <summary>All pages of a query, page by page.</summary>
    public async IAsyncEnumerable<IReadOnlyList<Item>> QueryAsync(
        QueryRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        do
        {
            var page = await _client.QueryAsync(request, cancellation);
            yield return page.Items ?? [];
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>Every item of the table.</summary>
    public async IAsyncEnumerable<Item> ScanAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var request = new ScanRequest { TableName = name, ConsistentRead = true };
        do
        {
            var page = await _client.ScanAsync(request, cancellation);
            foreach (var item in page.Items ?? [])
                yield return item;
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    public void Dispose() => _client.Dispose();

    public static AttributeValue Number(decimal value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };

    public static decimal? Number(Item item, string attribute) =>
        item.TryGetValue(attribute, out var value) && value.N is { } text
            ? decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : null;

    private async Task PutBatchAsync(IReadOnlyList<Item> items, CancellationToken cancellation)
    {
        var left =
            new Dictionary<string, List<WriteRequest>> { [name] = [.. items.Select(item => new WriteRequest(new PutRequest(item)))] };
        for (var tries = 0; ; tries++)
        {
            left = (await _client.BatchWriteItemAsync(new BatchWriteItemRequest { RequestItems = left }, cancellation)).UnprocessedItems;
            if (left is not { Count: > 0 })
                return;
            if (tries == UnprocessedTries)
                throw new AmazonDynamoDBException(
                    $"{left[name].Count} items were left unprocessed {tries + 1} times: the table's throughput does not suffice");
            await Task.Delay(FirstWait * Math.Pow(2, tries), cancellation);
        }
    }

    private async Task ExpireAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.UpdateTimeToLiveAsync(new UpdateTimeToLiveRequest
            {
                TableName = name,
                TimeToLiveSpecification = new() { AttributeName = ttlAttribute, Enabled = true }
            }, cancellation);
        }
        catch (AmazonDynamoDBException already)
            when (already.ErrorCode == "ValidationException" && already.Message.Contains("already enabled", StringComparison.Ordinal))
        {
            // It exists already.
        }
        catch (AmazonDynamoDBException unknown) when (unknown.ErrorCode == "UnknownOperationException")
        {
            // A local server without expiry of items.
        }
    }
}
