using System.Text.Json;
using Trading.Aws;
using Trading.Core;
using Trading.Hosting.Stores;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>What is asked of DynamoDB, and how its refusals are taken.</summary>
public sealed class DynamoDbFailureTests
{
    private static readonly WireProtocol Protocol = new("dynamodb", "application/x-amz-json-1.0", "DynamoDB_20120810.");

    [Fact]
    public async Task a_put_is_signed_and_has_its_condition()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => WireAnswer.Ok("{}"));
        using var prices = Prices(server);

        Assert.True(await prices.AddAsync(StoredPrice.Of(Stores.Prices.Observed(61_000)), default));

        Assert.Empty(server.Refusals);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("PutItem", "attribute_not_exists(#key)"),
            (request.Operation, request.Json.GetProperty("ConditionExpression").GetString()));
    }

    [Theory]
    [InlineData("wrong key", "UnrecognizedClientException")]
    [InlineData("denied", "AccessDeniedException")]
    [InlineData("throttled", "ProvisionedThroughputExceededException")]
    [InlineData("no table", "ResourceNotFoundException")]
    [InlineData("failing", "InternalServer")]
    [InlineData("garbage", "DynamoDB: ")]
    [InlineData("broken", "DynamoDB: ")]
    public async Task a_failure_is_one_line_that_says_what_it_is(string how, string expected)
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => how switch
        {
            "denied" => WireAnswer.Denied(),
            "throttled" => WireAnswer.Error(400, "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded."),
            "no table" => WireAnswer.Error(400, "ResourceNotFoundException", "Requested resource not found"),
            "failing" => WireAnswer.Failing(),
            "garbage" => WireAnswer.Garbage(),
            _ => WireAnswer.Broke(),
        });
        if (how == "wrong key")
            server.Keys = [];
        using var store = new DynamoDbStore(Prices(server), create: false);

        var failures = new[]
        {
            await Assert.ThrowsAsync<StoreException>(() => store.AddAsync(Stores.Prices.Observed(61_000), default)),
            await Assert.ThrowsAsync<StoreException>(() => store.LastAsync("BTC-USD", 60, 1_709_251_200, 100, default)),
        };

        Assert.All(failures, failure =>
        {
            Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
            Assert.DoesNotContain(AwsKey.Example.SecretKey, failure.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task what_a_batch_leaves_unprocessed_is_sent_again()
    {
        var first = true;
        await using var busy = await ProtocolServer.StartAsync(Protocol, request =>
        {
            if (request.Operation == "Query")
                return WireAnswer.Ok("""{"Items":[],"Count":0,"ScannedCount":0}""");
            var asked = request.Json.GetProperty("RequestItems").GetProperty("prices").EnumerateArray().ToList();
            var left = first ? asked.Skip(5).Select(item => item.GetRawText()) : [];
            first = false;
            var unprocessed = string.Join(',', left);
            return WireAnswer.Ok($$"""{"UnprocessedItems":{{(unprocessed.Length > 0 ? "{\"prices\":[" + unprocessed + "]}" : "{}")}}}""");
        });
        using var patient = Prices(busy);

        Assert.Equal(20, await patient.BackfillAsync(
            [.. Enumerable.Range(0, 20).Select(minute => StoredPrice.Of(Stores.Prices.Observed(60_000, minute)))], default));

        Assert.Equal([20, 15], busy.Requests.Where(request => request.Operation == "BatchWriteItem")
            .Select(request => request.Json.GetProperty("RequestItems").GetProperty("prices").GetArrayLength()));
    }

    [Fact]
    public async Task every_page_of_a_query_is_read()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, request =>
        {
            var page = request.Json.TryGetProperty("ExclusiveStartKey", out var after)
                ? int.Parse(after.GetProperty("timestamp").GetProperty("N").GetString()!, System.Globalization.CultureInfo.InvariantCulture)
                    - 1 : 5;
            var item = $$$"""{"timestamp":{"N":"{{{page}}}"},"price":{"N":"{{{page}}}.5"}}""";
            var next = page > 1 ? $$$""","LastEvaluatedKey":{"symbol":{"S":"BTC-USD"},"timestamp":{"N":"{{{page}}}"}}""" : "";
            return WireAnswer.Ok($$"""{"Items":[{{item}}],"Count":1,"ScannedCount":1{{next}}}""");
        });
        using var prices = Prices(server);

        Assert.Equal([1.5m, 2.5m, 3.5m, 4.5m, 5.5m], (await prices.LastAsync("BTC-USD", 60, 5, 100, default)).Select(point => point.Price));
        Assert.All(server.Requests, request => Assert.Equal(JsonValueKind.True, request.Json.GetProperty("ConsistentRead").ValueKind));
    }

    [Fact]
    public async Task a_slow_table_is_given_up_when_the_caller_gives_up()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol,
            _ => WireAnswer.Ok("{}") with { Until = new TaskCompletionSource().Task });
        using var store = new DynamoDbStore(Prices(server), create: false);
        using var patience = new CancellationTokenSource();

        var write = store.AddAsync(Stores.Prices.Observed(61_000), patience.Token);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }

    private static DynamoDbPrices Prices(ProtocolServer server) =>
        new(new AwsPlace(ProtocolServer.Region, server.Url), "prices", ttlDays: 0);
}
