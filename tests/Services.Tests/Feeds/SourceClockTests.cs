using System.Globalization;
using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>One source with a wrong clock does not say that this machine's is wrong.</summary>
public sealed class SourceClockTests
{
    [Theory]
    [InlineData(-86_400, 0, 5)]
    [InlineData(31_536_000, 0, 0)]
    [InlineData(31_536_000, 0, null)]
    [InlineData(-86_400, null, 0)]
    public async Task the_middle_one_of_the_sources_clocks_counts(int first, int? second, int? third)
    {
        await using var one = await ServerAsync(first);
        await using var two = await ServerAsync(second);
        await using var three = await ServerAsync(third);
        var addresses = new Dictionary<string, Uri> { ["binance"] = one.Address, ["coinbase"] = two.Address, ["kraken"] = three.Address };

        var said = await SourceClock.OffsetAsync([.. addresses.Keys], source => addresses[source], TimeProvider.System, default);

        Assert.InRange(said!.Value.Offset.TotalSeconds, -HangGuard.Limit.TotalSeconds, HangGuard.Limit.TotalSeconds);
        Assert.NotEqual("binance", said.Value.Source);
    }

    // Null: a server that tells no time.
    private static Task<LocalServer> ServerAsync(int? ahead) => LocalServer.StartAsync(context =>
    {
        context.Response.Headers.Date = ahead is { } seconds
            ? TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToString("r", CultureInfo.InvariantCulture) : "";
        return Task.CompletedTask;
    });
}
