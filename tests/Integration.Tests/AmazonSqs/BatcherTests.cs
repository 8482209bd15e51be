using MassTransit;
using MassTransit.AmazonSqsTransport;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.AmazonSqs;

/// <summary>Requests of several entries at once.</summary>
public sealed class BatcherTests
{
    [Fact]
    public async Task a_stop_just_when_a_failed_request_would_be_repeated_leaves_nobody_waiting()
    {
        var time = new ManualTime(new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero));
        using var stop = new CancellationTokenSource();
        await using var batcher = new Batcher<string>("test", time, _ => 1,
            (_, _) => throw new HttpRequestException("the endpoint is away"), stop.Token);
        var paused = time.WaitedFor(pause => pause > TimeSpan.FromMilliseconds(100));
        var sent = batcher.AddAsync("an entry", CancellationToken.None);
        await paused;
        // Callbacks of a token run last registered first: the pause has ended when the batcher learns of the stop.
        await using var ending = stop.Token.Register(() => time.Advance(TimeSpan.FromSeconds(5)));
        await stop.CancelAsync();

        var stopped = await Assert.ThrowsAsync<AmazonSqsConnectionException>(() => sent.WaitAsync(HangGuard.Limit));
        Assert.Equal("The transport is stopped: test", stopped.Message);
    }
}
