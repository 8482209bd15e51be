using System.Globalization;
using JasperFx.Events;
using Marten;
using Npgsql;
using Xunit;
using EventDeserializationFailureException = Marten.Exceptions.EventDeserializationFailureException;
using UnknownEventTypeException = Marten.Exceptions.UnknownEventTypeException;

namespace Trading.Integration.Tests.EventStore;

/// <summary>What events say of themselves: their session, their time, their type.</summary>
[Collection(nameof(ReadingEvents))]
public class EventMetadata : EventStoreTest
{
    [Fact]
    public async Task events_carry_what_the_session_says_of_them()
    {
        await SaveAsync(session =>
        {
            (session.CorrelationId, session.CausationId) = ("trade 7", "message 9");
            session.SetHeader("service", "risk");
            session.SetHeader("attempt", 2);
            session.Events.StartStream<Balance>("a", Paid(1), Paid(2));
        });

        foreach (var e in await EventsAsync("a"))
        {
            Assert.Equal(("trade 7", "message 9"), (e.CorrelationId, e.CausationId));
            Assert.Equal("risk", e.GetHeader("service"));
            Assert.Equal(2L, e.GetHeader("attempt"));
            Assert.Null(e.GetHeader("missing"));
        }
    }

    [Fact]
    public async Task events_keep_what_they_say_of_themselves()
    {
        await SaveAsync(session =>
        {
            session.CorrelationId = "session";
            session.SetHeader("service", "risk");
            var e = session.Events.BuildEvent(Paid(1));
            e.CorrelationId = "own";
            e.SetHeader("offset", 1.5);
            e.Timestamp = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
            session.Events.Append("a", e);
        });

        var read = (await EventsAsync("a"))[0];
        Assert.Equal(("own", null), (read.CorrelationId, read.CausationId));
        Assert.Equal((1.5, "risk"), ((double)read.GetHeader("offset")!, read.GetHeader("service")));
        Assert.Equal(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), read.Timestamp);
    }

    [Fact]
    public async Task events_without_metadata_have_none()
    {
        await StartAsync("a", 1);
        await SaveAsync(session => session.Events.Append("a", 2, Paid(2)));

        Assert.All(await EventsAsync("a"), e => Assert.True(e.CorrelationId is null && e.CausationId is null && e.Headers is null));
    }

    [Fact]
    public async Task events_name_their_type()
    {
        await StartAsync("a", 1);

        var e = (await EventsAsync("a"))[0];
        Assert.Equal("funds_paid_in", e.EventTypeName);
        Assert.Equal("Trading.Integration.Tests.EventStore.FundsPaidIn, Trading.Integration.Tests", e.DotNetTypeName);
        Assert.Equal(typeof(FundsPaidIn), e.EventType);
        Assert.IsAssignableFrom<IEvent<FundsPaidIn>>(e);
        Assert.Equal("*DEFAULT*", e.TenantId);
        Assert.False(e.IsArchived);
        Assert.NotEqual(Guid.Empty, e.Id);
    }

    [Fact]
    public async Task events_can_be_given_another_name()
    {
        await using var store = Open(options => options.Events.MapEventType<FundsPaidIn>("paid"));
        await using var session = store.LightweightSession();
        session.Events.StartStream<Balance>("a", Paid(1));
        await session.SaveChangesAsync();

        Assert.Equal(["paid"], await SqlAsync("select type from mt_events"));
        Assert.IsType<FundsPaidIn>((await session.Events.FetchStreamAsync("a"))[0].Data);
    }

    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Asia/Kolkata")]
    public async Task times_are_utc_whatever_the_time_zone_of_the_connection(string timeZone)
    {
        var connection = new NpgsqlConnectionStringBuilder(ConnectionString) { Timezone = timeZone }.ConnectionString;
        await using var store = Open(options => options.Connection(connection));
        await using var session = store.LightweightSession();
        session.Events.StartStream<Balance>("a", Paid(1));
        await session.SaveChangesAsync();
        session.Events.Append("a", 2, Paid(2));
        await session.SaveChangesAsync();

        Assert.All(await session.Events.FetchStreamAsync("a"),
            e => Assert.Equal((Clock.Now, TimeSpan.Zero), (e.Timestamp, e.Timestamp.Offset)));
        Assert.All(
            await SqlAsync("select (timestamp at time zone 'UTC')::text from mt_events"),
            text => Assert.Equal(Clock.Now.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), text));
    }

    [Fact]
    public async Task an_event_of_an_unknown_type_cannot_be_read()
    {
        await StartAsync("a", 1);
        await SqlAsync(
            """
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'a', 2, '{}', 'never_heard_of', now(),
            'Nowhere.NeverHeardOf, Nowhere')
            """);

        await Assert.ThrowsAsync<UnknownEventTypeException>(() => EventsAsync("a"));
        await using var session = Store.QuerySession();
        await Assert.ThrowsAsync<UnknownEventTypeException>(() => session.Events.QueryAllRawEvents().ToListAsync());
    }

    [Fact]
    public async Task an_event_that_does_not_fit_its_type_cannot_be_read()
    {
        await StartAsync("a", 1);
        await SqlAsync("""update mt_events set data = '{"amountUsd": "much"}'""");

        await Assert.ThrowsAsync<EventDeserializationFailureException>(() => EventsAsync("a"));
    }

    [Fact]
    public async Task what_another_store_wrote_is_read_by_the_type_it_names()
    {
        await StartAsync("a", 1);
        await using var fresh = Open();
        await using var session = fresh.QuerySession();

        Assert.Equal(Paid(1), (await session.Events.FetchStreamAsync("a"))[0].Data);
    }
}
