using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2.Model;
using Trading.Core;

namespace Trading.Aws;

/// <summary>
/// The prices in DynamoDB: partition key symbol, sort key timestamp (seconds since 1970), attributes price, volume_24h, market_cap,
/// price_change_24h, sources and ttl, and interval_seconds, which separates series of different intervals. An item without it, as written
/// by the original system, counts for any interval.
/// </summary>
public sealed class DynamoDbPrices(AwsPlace place, string table, int ttlDays) : IDisposable
{
    // A query of one partition returns its pages one after the other, so several ranges of time are queried in parallel.
    private const int Ranges = 8;
    private const int WorthRanges = 2000;
    private const string OfInterval = "(attribute_not_exists(interval_seconds) or interval_seconds = :interval)";

    private readonly DynamoDbTable _table = new(place, table, "symbol", ttlDays > 0 ? "ttl" : null);

    /// <summary>Creates the table when it is missing.</summary>
    public Task CreateAsync(CancellationToken cancellation) => _table.CreateAsync(cancellation);

    /// <summary>Adds a price unless there is one of its symbol and time.</summary>
    /// <returns>Whether it was new.</returns>
    public Task<bool> AddAsync(StoredPrice price, CancellationToken cancellation) =>
        _table.PutNewAsync(PriceItem.ItemOf(price, ttlDays), cancellation);

    /// <summary>Adds prices of intervals that have passed; existing ones stay unchanged.</summary>
    /// <returns>How many were new.</returns>
    public async Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation)
    {
        var added = 0;
        foreach (var series in prices.GroupBy(price => price.Symbol))
        {
            var there = new HashSet<long>();
            // A batch overwrites items, so existing ones are read first; no other program writes to intervals that have passed.
            await foreach (var page in _table.QueryAsync(
                TimesOf(series.Key, series.Min(price => price.UnixSeconds), series.Max(price => price.UnixSeconds) + 1), cancellation))
                there.UnionWith(page.Select(PriceItem.TimeOf));
            var missing = series.DistinctBy(price => price.UnixSeconds)
                .Where(price => !there.Contains(price.UnixSeconds)).Select(price => PriceItem.ItemOf(price, ttlDays)).ToList();
            await _table.PutAsync(missing, cancellation);
            added += missing.Count;
        }
        return added;
    }

    /// <summary>The last prices up to and including an interval, oldest first; including all that were added before the call.</summary>
    public async Task<IReadOnlyList<PricePoint>> LastAsync(
        string symbol, int intervalSeconds, long upToUnixSeconds, int count, CancellationToken cancellation)
    {
        // Without gaps all are in this range; otherwise older ones are read too, newest first.
        var begin = upToUnixSeconds - (long)(count - 1) * intervalSeconds;
        var points = new List<PricePoint>(count);
        if (count >= WorthRanges)
            points.AddRange(await BetweenAsync(symbol, intervalSeconds, begin, upToUnixSeconds, cancellation));
        if (points.Count >= count)
            return points[^count..];
        var older = new List<PricePoint>();
        var rest = Query(symbol, intervalSeconds, 0, count >= WorthRanges ? begin : upToUnixSeconds + 1, "#timestamp, price");
        (rest.ScanIndexForward, rest.Limit) = (false, Math.Clamp(count - points.Count, 1, 5000));
        await foreach (var page in _table.QueryAsync(rest, cancellation))
        {
            older.AddRange(page.Select(PriceItem.PointOf));
            if (older.Count + points.Count >= count)
                break;
        }
        older.Reverse();
        older.AddRange(points);
        return older.Count > count ? older[^count..] : older;
    }

    /// <summary>The prices from one instant to another, both included, oldest first; several ranges of time are read at once.</summary>
    public async Task<IReadOnlyList<PricePoint>> BetweenAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation)
    {
        var length = (toUnixSeconds - fromUnixSeconds) / Ranges + 1;
        var ranges = await Task.WhenAll(Enumerable.Range(0, Ranges).Select(async range =>
        {
            var (begin, points) = (fromUnixSeconds + range * length, new List<PricePoint>());
            if (begin > toUnixSeconds)
                return points;
            await foreach (var page in _table.QueryAsync(
                Query(symbol, intervalSeconds, begin, Math.Min(begin + length, toUnixSeconds + 1), "#timestamp, price"), cancellation))
                points.AddRange(page.Select(PriceItem.PointOf));
            return points;
        }));
        return [.. ranges.SelectMany(points => points)];
    }

    /// <summary>The prices from one instant to before another, oldest first.</summary>
    public async IAsyncEnumerable<StoredPrice> ReadAsync(
        string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var page in _table.QueryAsync(Query(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, null), cancellation))
        {
            foreach (var item in page)
                yield return PriceItem.PriceOf(item, intervalSeconds);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    private QueryRequest Query(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds, string? attributes)
    {
        var request = TimesOf(symbol, fromUnixSeconds, toUnixSeconds);
        request.ProjectionExpression = attributes;
        request.FilterExpression = OfInterval;
        request.ExpressionAttributeValues[":interval"] = DynamoDbTable.Number(intervalSeconds);
        return request;
    }

    // A strongly consistent read includes the price that was just written.
    private QueryRequest TimesOf(string symbol, long fromUnixSeconds, long toUnixSeconds) => new()
    {
        TableName = _table.Name,
        ConsistentRead = true,
        KeyConditionExpression = "symbol = :symbol and #timestamp between :from and :to",
        ExpressionAttributeNames = new() { ["#timestamp"] = DynamoDbTable.Timestamp },
        ProjectionExpression = "#timestamp",
        ExpressionAttributeValues = new()
        {
            [":symbol"] = new(symbol), [":from"] = DynamoDbTable.Number(fromUnixSeconds),
            [":to"] = DynamoDbTable.Number(Math.Max(fromUnixSeconds, toUnixSeconds - 1)),
        },
    };
}
