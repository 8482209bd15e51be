using Npgsql;
using Xunit;

namespace Trading.Integration.Tests.EventStore;

/// <summary>Streams that are read in part, and folded as of a version or a time.</summary>
[Collection(nameof(ReadingEvents))]
public class ReadingEvents : EventStoreTest
{
    [Fact]
    public async Task a_stream_that_does_not_exist_has_no_events() => Assert.Empty(await EventsAsync("missing"));

    [Fact]
    public async Task a_part_of_a_stream_is_read_by_versions()
    {
        await StartAsync("a", 1, 2, 3, 4);
        await using var session = Store.QuerySession();

        Assert.Equal([1, 2], (await session.Events.FetchStreamAsync("a", version: 2)).Select(e => e.Version));
        Assert.Equal([3, 4], (await session.Events.FetchStreamAsync("a", fromVersion: 3)).Select(e => e.Version));
        Assert.Equal([2, 3], (await session.Events.FetchStreamAsync("a", version: 3, fromVersion: 2)).Select(e => e.Version));
    }

    [Fact]
    public async Task a_part_of_a_stream_is_read_by_time()
    {
        await StartAsync("a", 1);
        var first = Clock.Now;
        Clock.Now += TimeSpan.FromMinutes(1);
        await SaveAsync(session => session.Events.Append("a", 2, Paid(2)));
        await using var session = Store.QuerySession();

        Assert.Equal([1], (await session.Events.FetchStreamAsync("a", timestamp: first)).Select(e => e.Version));
        Assert.Equal([1, 2], (await session.Events.FetchStreamAsync("a", timestamp: Clock.Now)).Select(e => e.Version));
        Assert.Empty(await session.Events.FetchStreamAsync("a", timestamp: first.AddTicks(-10)));
    }

    [Fact]
    public async Task an_aggregate_is_folded_as_of_a_version()
    {
        await StartAsync("a", 1, 2, 3);
        await using var session = Store.QuerySession();

        Assert.Equal(new Balance("a", 6, 3), await session.Events.AggregateStreamAsync<Balance>("a"));
        Assert.Equal(new Balance("a", 3, 2), await session.Events.AggregateStreamAsync<Balance>("a", version: 2));
        Assert.Null(await session.Events.AggregateStreamAsync<Balance>("a", version: 4));
        Assert.Null(await session.Events.AggregateStreamAsync<Balance>("missing"));
    }

    [Fact]
    public async Task an_aggregate_is_folded_as_of_a_time()
    {
        await StartAsync("a", 1);
        var first = Clock.Now;
        Clock.Now += TimeSpan.FromMinutes(1);
        await SaveAsync(session => session.Events.Append("a", 2, Paid(2)));
        await using var session = Store.QuerySession();

        Assert.Equal(new Balance("a", 1, 1), await session.Events.AggregateStreamAsync<Balance>("a", timestamp: first));
        Assert.Null(await session.Events.AggregateStreamAsync<Balance>("a", timestamp: first.AddTicks(-10)));
    }

    [Fact]
    public async Task an_aggregate_is_folded_on_top_of_a_given_state()
    {
        await StartAsync("a", 1, 2, 3);
        await using var session = Store.QuerySession();

        var balance = await session.Events.AggregateStreamAsync("a", state: new Balance("a", 100, 2), fromVersion: 3);

        Assert.Equal(new Balance("a", 103, 3), balance);
    }

    [Fact]
    public async Task a_server_that_cannot_be_reached_is_reported_by_npgsql()
    {
        await using var store = Open(options => options.Connection("Host=127.0.0.1;Port=1;Username=nobody;Timeout=2"));
        await using var session = store.LightweightSession();
        session.Events.StartStream<Balance>("a", Paid(1));

        await Assert.ThrowsAsync<NpgsqlException>(() => session.Events.FetchStreamAsync("a"));
        await Assert.ThrowsAsync<NpgsqlException>(() => session.LoadAsync<Balance>("a"));
        await Assert.ThrowsAsync<NpgsqlException>(() => session.SaveChangesAsync());
    }
}
