using JasperFx;
using JasperFx.Events;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

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
    public async Task one_of_many_that_start_the_same_stream_at_once_succeeds()
    {
        await StartAsync("other", 1);

        var results = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(n => Outcome<ExistingStreamIdCollisionException>(() => StartAsync("a", n, n))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Equal(2, (await EventsAsync("a")).Count);
    }

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
    public async Task one_of_many_appends_with_the_same_expected_version_succeeds()
    {
        await StartAsync("a", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 16).Select(n =>
            Outcome<EventStreamUnexpectedMaxEventIdException>(() => SaveAsync(session => session.Events.Append("a", 2, Paid(n))))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Equal([1, 2], (await EventsAsync("a")).Select(e => e.Version));
    }

    [Fact]
    public async Task one_of_many_appends_that_would_start_the_same_stream_succeeds()
    {
        await StartAsync("other", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 8).Select(n =>
            Outcome<Exception>(() => SaveAsync(session => session.Events.Append("a", 1, Paid(n))))));

        Assert.Equal(1, results.Count(saved => saved));
        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task an_append_without_a_version_starts_a_stream_and_continues_it()
    {
        await SaveAsync(session => session.Events.Append("a", Paid(1)));
        await SaveAsync(session => session.Events.Append("a", Paid(2), Paid(3)));

        Assert.Equal([1, 2, 3], (await EventsAsync("a")).Select(e => e.Version));
        Assert.Equal(6, (await BalanceAsync("a"))!.TotalUsd);
    }

    [Fact]
    public async Task appends_without_a_version_succeed_or_are_refused_but_never_lose_or_double_an_event()
    {
        await StartAsync("a", 1);

        var results = await Task.WhenAll(Enumerable.Range(1, 16).Select(n =>
            Outcome<EventStreamUnexpectedMaxEventIdException>(() => SaveAsync(session => session.Events.Append("a", Paid(1))))));

        var saved = results.Count(saved => saved);
        Assert.InRange(saved, 1, 16);
        Assert.Equal(Enumerable.Range(1, saved + 1), (await EventsAsync("a")).Select(e => (int)e.Version));
    }

    [Fact]
    public async Task two_appends_to_a_stream_in_one_session_are_one()
    {
        await SaveAsync(session =>
        {
            session.Events.Append("a", Paid(1));
            session.Events.Append("a", Paid(2));
        });

        Assert.Equal([1, 2], (await EventsAsync("a")).Select(e => e.Version));
    }

    [Fact]
    public async Task several_streams_are_saved_together()
    {
        await StartAsync("a", 1);

        await SaveAsync(session =>
        {
            session.Events.Append("a", 2, Paid(2));
            session.Events.StartStream<Statement>("b", new AccountClosed("moved"), new AccountClosed("really"));
        });

        Assert.Equal(2, (await EventsAsync("a")).Count);
        Assert.Equal(2, (await EventsAsync("b")).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_refused_stream_refuses_all_others_of_its_session(bool refusedFirst)
    {
        await StartAsync("a", 1);
        await StartAsync("b", 1);

        await RefusedAsync(() => SaveAsync(session =>
        {
            session.Events.StartStream<Balance>("first", Paid(1));
            session.Events.Append(refusedFirst ? "b" : "a", refusedFirst ? 9 : 2, Paid(2));
            session.Events.Append(refusedFirst ? "a" : "b", refusedFirst ? 2 : 9, Paid(2));
            session.Events.StartStream<Balance>("last", Paid(1));
        }));

        Assert.Empty(await EventsAsync("first"));
        Assert.Single(await EventsAsync("a"));
        Assert.Single(await EventsAsync("b"));
        Assert.Empty(await EventsAsync("last"));
        Assert.Equal(["a", "b"], await SqlAsync("select id from mt_doc_balance order by id"));
    }

    [Fact]
    public async Task what_was_refused_stays_pending_and_is_refused_again()
    {
        await StartAsync("a", 1);
        await using var session = Store.LightweightSession();
        session.Events.Append("a", 9, Paid(2));

        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => session.SaveChangesAsync());
    }

    [Fact]
    public async Task what_was_saved_is_not_saved_again()
    {
        await using var session = Store.LightweightSession();
        session.Events.StartStream<Balance>("a", Paid(1));

        await session.SaveChangesAsync();
        await session.SaveChangesAsync();

        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task a_session_with_nothing_to_save_saves_nothing()
    {
        await SaveAsync(session => session.Events.Append("a"));

        await using var session = Store.QuerySession();
        Assert.Null(await session.Events.FetchStreamStateAsync("a"));
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

    private static async Task<bool> Outcome<TRefusal>(Func<Task> save) where TRefusal : Exception
    {
        try
        {
            await save();
            return true;
        }
        catch (TRefusal)
        {
            return false;
        }
    }
}
