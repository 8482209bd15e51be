using JasperFx;
using JasperFx.Events;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

public class FetchingForWriting : EventStoreTest
{
    [Fact]
    public async Task gives_the_aggregate_and_its_version()
    {
        await StartAsync("a", 1, 2);
        await using var session = Store.LightweightSession();

        var stream = await session.Events.FetchForWriting<Balance>("a");

        Assert.Equal("a", stream.Key);
        Assert.Equal(3, stream.Aggregate!.TotalUsd);
        Assert.Equal(2, stream.StartingVersion);
        stream.AppendMany(Paid(3), Paid(4));
        Assert.Equal(4, stream.CurrentVersion);
        Assert.Equal(2, stream.Events.Count);
    }

    [Fact]
    public async Task gives_nothing_of_a_stream_that_does_not_exist_and_starts_it()
    {
        await using var session = Store.LightweightSession();

        var stream = await session.Events.FetchForWriting<Balance>("a");
        Assert.Null(stream.Aggregate);
        Assert.Equal(0, stream.StartingVersion);
        stream.AppendOne(Paid(1));
        await session.SaveChangesAsync();

        Assert.Equal(new Balance("a", 1, 1), await BalanceAsync("a"));
    }

    [Fact]
    public async Task saves_nothing_when_nothing_was_appended()
    {
        await using var session = Store.LightweightSession();
        await session.Events.FetchForWriting<Balance>("a");
        await session.SaveChangesAsync();

        Assert.Null(await session.Events.FetchStreamStateAsync("a"));
    }

    [Fact]
    public async Task appends_to_the_version_that_was_fetched()
    {
        await StartAsync("a", 1);
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendOne(Paid(2));

        await session.SaveChangesAsync();

        Assert.Equal(new Balance("a", 3, 2), await BalanceAsync("a"));
    }

    [Fact]
    public async Task is_refused_when_somebody_else_appended_in_between()
    {
        await StartAsync("a", 1);
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendOne(Paid(2));
        await SaveAsync(other => other.Events.Append("a", 2, Paid(9)));

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        Assert.Equal(new Balance("a", 10, 2), await BalanceAsync("a"));
    }

    [Fact]
    public async Task is_refused_when_somebody_else_started_the_stream_in_between()
    {
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendOne(Paid(2));
        await StartAsync("a", 9);

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => session.SaveChangesAsync());
        Assert.Equal(new Balance("a", 9, 1), await BalanceAsync("a"));
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("a", 3)]
    [InlineData("missing", 1)]
    public async Task with_another_version_than_the_streams_is_refused_at_once(string key, long expectedVersion)
    {
        await StartAsync("a", 1, 2);
        await using var session = Store.LightweightSession();

        await Assert.ThrowsAsync<ConcurrencyException>(() => session.Events.FetchForWriting<Balance>(key, expectedVersion));
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("missing", 0)]
    public async Task with_the_streams_version_is_allowed(string key, long expectedVersion)
    {
        await StartAsync("a", 1, 2);
        await using var session = Store.LightweightSession();

        var stream = await session.Events.FetchForWriting<Balance>(key, expectedVersion);
        stream.AppendOne(Paid(4));
        await session.SaveChangesAsync();

        Assert.Equal(expectedVersion + 1, (await EventsAsync(key))[^1].Version);
    }

    [Fact]
    public async Task folds_the_events_of_a_projection_that_is_not_stored()
    {
        await StartAsync("a", 1, 2);
        await using var session = Store.LightweightSession();

        var stream = await session.Events.FetchForWriting<Statement>("a");
        Assert.Equal(new Statement("a", 2), stream.Aggregate);
        stream.AppendOne(Paid(3));
        await session.SaveChangesAsync();

        Assert.Equal(3, (await EventsAsync("a")).Count);
    }

    [Fact]
    public async Task and_starting_another_stream_is_one_transaction()
    {
        await StartAsync("a", 1);
        await StartAsync("taken", 1);
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendOne(Paid(2));
        session.Events.StartStream<Statement>("taken", Paid(3));

        await RefusedAsync(() => session.SaveChangesAsync());
        Assert.Equal(new Balance("a", 1, 1), await BalanceAsync("a"));
        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task many_who_try_again_when_refused_all_get_their_event_in()
    {
        await StartAsync("a", 1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AppendUntilAccepted()));

        Assert.Equal(Enumerable.Range(1, 9), (await EventsAsync("a")).Select(e => (int)e.Version));
        Assert.Equal(new Balance("a", 9, 9), await BalanceAsync("a"));
    }

    private async Task AppendUntilAccepted()
    {
        while (true)
        {
            await using var session = Store.LightweightSession();
            var stream = await session.Events.FetchForWriting<Balance>("a");
            stream.AppendOne(Paid(1));
            try
            {
                await session.SaveChangesAsync();
                return;
            }
            catch (ConcurrencyException)
            {
                // Somebody else was first.
            }
        }
    }
}
