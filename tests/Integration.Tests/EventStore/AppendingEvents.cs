using JasperFx;
using JasperFx.Events;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

/// <summary>Streams that are started, continued at an expected version, and refused.</summary>
[Collection(nameof(AppendingEvents))]
public class AppendingEvents : EventStoreTest
{
    [Fact]
    public async Task a_started_stream_has_its_events_in_order()
    {
        await StartAsync("a", 1, 2, 3);

        var events = await EventsAsync("a");
        Assert.Equal([1, 2, 3], events.Select(e => e.Version));
        Assert.Equal([1m, 2m, 3m], events.Select(e => ((FundsPaidIn)e.Data).AmountUsd));
        Assert.All(events, e => Assert.Equal("a", e.StreamKey));
    }

    [Fact]
    public async Task a_stream_cannot_be_started_twice()
    {
        await StartAsync("a", 1);

        var refused = await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => StartAsync("a", 2));
        Assert.Equal("a", refused.Id);
        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task a_stream_cannot_be_started_without_an_event() =>
        await Assert.ThrowsAsync<EmptyEventStreamException>(() => StartAsync("a"));

    [Fact]
    public async Task a_stream_needs_a_key() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => StartAsync("", 1));

    [Fact]
    public async Task the_expected_version_is_the_version_after_the_append()
    {
        await StartAsync("a", 1, 2);

        await SaveAsync(session => session.Events.Append("a", 4, Paid(3), Paid(4)));

        Assert.Equal([1, 2, 3, 4], (await EventsAsync("a")).Select(e => e.Version));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task an_append_with_another_expected_version_is_refused(long expectedVersion)
    {
        await StartAsync("a", 1, 2);

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(
            () => SaveAsync(session => session.Events.Append("a", expectedVersion, Paid(3))));
        Assert.Equal(2, (await EventsAsync("a")).Count);
    }

    [Fact]
    public async Task a_refused_append_is_a_concurrency_exception()
    {
        await StartAsync("a", 1);

        await Assert.ThrowsAnyAsync<ConcurrencyException>(() => SaveAsync(session => session.Events.Append("a", 9, Paid(3))));
    }

    [Fact]
    public async Task an_append_with_an_expected_version_to_a_stream_that_does_not_exist_is_refused()
    {
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(
            () => SaveAsync(session => session.Events.Append("a", 3, Paid(1))));
        Assert.Empty(await EventsAsync("a"));
    }

    [Fact]
    public async Task an_append_that_expects_as_many_events_as_it_brings_starts_the_stream()
    {
        await SaveAsync(session => session.Events.Append("a", 2, Paid(1), Paid(2)));

        Assert.Equal([1, 2], (await EventsAsync("a")).Select(e => e.Version));
    }

    [Fact]
    public async Task an_append_without_a_version_starts_a_stream_and_continues_it()
    {
        await SaveAsync(session => session.Events.Append("a", Paid(1)));
        await SaveAsync(session => session.Events.Append("a", Paid(2), Paid(3)));

        Assert.Equal([1, 2, 3], (await EventsAsync("a")).Select(e => e.Version));
        Assert.Equal(6, (await BalanceAsync("a"))!.TotalUsd);
    }

    [Theory]
    [InlineData(EventAppendMode.Rich)]
    [InlineData(EventAppendMode.Quick)]
    [InlineData(EventAppendMode.QuickWithServerTimestamps)]
    public async Task every_append_mode_starts_continues_and_refuses(EventAppendMode mode)
    {
        await using var store = Open(options => options.Events.AppendMode = mode);
        foreach (var amount in new[] { 1, 2 })
        {
            await using var session = store.LightweightSession();
            var stream = await session.Events.FetchForWriting<Balance>("a");
            stream.AppendOne(Paid(amount));
            await session.SaveChangesAsync();
        }
        await using var late = store.LightweightSession();
        late.Events.Append("a", 2, Paid(3));

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => late.SaveChangesAsync());
        Assert.Equal([1, 2], (await EventsAsync("a")).Select(e => e.Version));
        Assert.Equal(new Balance("a", 3, 2), await BalanceAsync("a"));
    }

    [Fact]
    public async Task a_stream_knows_its_version_its_aggregate_and_its_times()
    {
        await StartAsync("a", 1, 2);
        await using var session = Store.QuerySession();

        var state = await session.Events.FetchStreamStateAsync("a");

        Assert.Equal(("a", 2L, typeof(Balance), false), (state!.Key, state.Version, state.AggregateType, state.IsArchived));
        Assert.Equal(TimeSpan.Zero, state.Created.Offset);
        Assert.True(state.LastTimestamp >= state.Created);
        Assert.Null(await session.Events.FetchStreamStateAsync("missing"));
    }

    [Fact]
    public async Task nothing_is_appended_to_an_archived_stream()
    {
        await StartAsync("a", 1);
        await SqlAsync("update mt_streams set is_archived = true where id = 'a'");

        await Assert.ThrowsAnyAsync<Exception>(() => SaveAsync(session => session.Events.Append("a", 2, Paid(2))));
        Assert.Equal(["1"], await SqlAsync("select version::text from mt_streams where id = 'a'"));
    }
}
