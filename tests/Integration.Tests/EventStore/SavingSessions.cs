using JasperFx.Events;
using Xunit;

namespace Trading.Integration.Tests.EventStore;

/// <summary>What a session saves together, refuses together, and saves once.</summary>
[Collection(nameof(AppendingEvents))]
public class SavingSessions : EventStoreTest
{
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
}
