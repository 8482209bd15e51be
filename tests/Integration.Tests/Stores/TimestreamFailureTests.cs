using Trading.Core;
using Trading.Hosting.Stores;
using Trading.TestKit.Aws;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>How Timestream's refusals and failures are taken.</summary>
public sealed class TimestreamFailureTests : TimestreamTest
{
    [Fact]
    public async Task rejected_records_are_named_and_the_others_are_written()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => Written);
        server.Next(new WireAnswer(400, "application/x-amz-json-1.0",
            """{"__type":"com.amazonaws.timestream.v20181101#RejectedRecordsException","Message":"One or more records have """
            + """been rejected. See RejectedRecords for details.","RejectedRecords":[{"RecordIndex":1,"Reason":"The record """
            + """timestamp is outside the time range [2024-03-01T00:00:00.000Z, 2024-03-02T00:00:00.000Z) of the data ingestion """
            + """window."}]}"""));
        using var store = new TimestreamStore(Prices(server), create: false);

        var rejected = await store.WriteAsync([Collected(0), Collected(1)], default);

        Assert.StartsWith("BTC-USD at 2024-03-01 00:01:00Z: The record timestamp is outside",
            Assert.Single(rejected), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("wrong key", "UnrecognizedClientException")]
    [InlineData("denied", "AccessDeniedException")]
    [InlineData("throttled", "ThrottlingException: Rate exceeded")]
    [InlineData("failing", "InternalServerException")]
    [InlineData("garbage", "unreadable answer")]
    [InlineData("broken", "Timestream: ")]
    public async Task a_failure_is_one_line_that_says_what_it_is(string how, string expected)
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => how switch
        {
            "denied" => WireAnswer.Denied(),
            "throttled" => WireAnswer.Throttled(),
            "failing" => WireAnswer.Failing(),
            "garbage" => WireAnswer.Garbage(),
            _ => WireAnswer.Broke(),
        });
        if (how == "wrong key")
            server.Keys = [];
        using var store = new TimestreamStore(Prices(server), create: false);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.WriteAsync([Collected(0)], default));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.DoesNotContain(AwsKey.Example.SecretKey, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_throttled_write_is_tried_again_by_the_client()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => Written);
        server.Next(WireAnswer.Throttled(), WireAnswer.Failing());
        using var prices = Prices(server);

        await prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(1))], default);

        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task a_slow_service_is_given_up_when_the_caller_gives_up()
    {
        await using var server = await ProtocolServer.StartAsync(Protocol, _ => Written with { Until = new TaskCompletionSource().Task });
        using var prices = Prices(server);
        using var patience = new CancellationTokenSource();

        var write = prices.WriteAsync([StoredPrice.Of(Stores.Prices.Observed(1))], patience.Token);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
    }
}
