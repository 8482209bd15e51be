using System.Globalization;
using JasperFx.Events;
using Marten;
using Npgsql;
using Xunit;
using EventDeserializationFailureException = Marten.Exceptions.EventDeserializationFailureException;
using UnknownEventTypeException = Marten.Exceptions.UnknownEventTypeException;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

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
    public async Task all_events_are_read_in_pages()
    {
        await StartAsync("a", 1, 2);
        await StartAsync("b", 3);
        await SaveAsync(session => session.Events.Append("a", 3, Paid(4)));
        await using var session = Store.QuerySession();

        var read = new List<IEvent>();
        while (true)
        {
            var after = read.Count == 0 ? 0 : read[^1].Sequence;
            var page = await session.Events.QueryAllRawEvents().Where(e => e.Sequence > after)
                .OrderBy(e => e.Sequence).Take(3).ToListAsync();
            if (page.Count == 0)
                break;
            read.AddRange(page);
        }

        Assert.Equal(["a1", "a2", "b1", "a3"], read.Select(e => $"{e.StreamKey}{e.Version}"));
    }

    [Fact]
    public async Task all_events_are_filtered()
    {
        await StartAsync("a", 1, 2);
        await StartAsync("b", 3);
        await using var session = Store.QuerySession();
        var last = (await session.Events.QueryAllRawEvents().OrderBy(e => e.Sequence).ToListAsync())[^1].Sequence;

        var ofStream = await session.Events.QueryAllRawEvents().Where(e => e.StreamKey == "a" && e.Version <= 1).ToListAsync();
        var before = await session.Events.QueryAllRawEvents().Where(e => e.Sequence < last)
            .Where(e => e.EventTypeName == "funds_paid_in").ToListAsync();

        Assert.Equal(["a1"], ofStream.Select(e => $"{e.StreamKey}{e.Version}"));
        Assert.Equal(2, before.Count);
    }

    [Fact]
    public async Task archived_events_are_left_out()
    {
        await StartAsync("a", 1, 2);
        await SqlAsync("update mt_events set is_archived = true where version = 1");
        await using var session = Store.QuerySession();

        Assert.Equal([2], (await EventsAsync("a")).Select(e => e.Version));
        Assert.Equal([2], (await session.Events.QueryAllRawEvents().ToListAsync()).Select(e => e.Version));
    }

    [Fact]
    public async Task sequence_numbers_rise_across_refused_appends()
    {
        await StartAsync("a", 1);
        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => StartAsync("a", 1));
        await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(
            () => SaveAsync(session => session.Events.Append("a", 9, Paid(1))));
        await SaveAsync(session => session.Events.Append("a", 3, Paid(2), Paid(3)));

        var sequences = (await EventsAsync("a")).Select(e => e.Sequence).ToArray();
        Assert.Equal(sequences.Order().Distinct(), sequences);
    }

    [Fact]
    public async Task a_lower_sequence_number_can_become_visible_after_a_higher_one()
    {
        await StartAsync("a", 1);
        await using var slow = new NpgsqlConnection(ConnectionString);
        await slow.OpenAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            """
            with stream as (insert into mt_streams (id, version) values ('slow', 1))
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('mt_events_sequence'), gen_random_uuid(), 'slow', 1, '{"amountUsd": 1, "side": "Sell"}', 'funds_paid_in', now())
            """, slow);
        await insert.ExecuteNonQueryAsync();
        await StartAsync("fast", 2);
        await using var session = Store.QuerySession();

        var before = await session.Events.QueryAllRawEvents().OrderBy(e => e.Sequence).ToListAsync();
        await transaction.CommitAsync();
        var after = await session.Events.QueryAllRawEvents().OrderBy(e => e.Sequence).ToListAsync();

        Assert.Equal(["a", "fast"], before.Select(e => e.StreamKey));
        Assert.Equal(["a", "slow", "fast"], after.Select(e => e.StreamKey));
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

    [Fact]
    public async Task what_another_store_wrote_is_read_by_the_type_it_names()
    {
        await StartAsync("a", 1);
        await using var fresh = Open();
        await using var session = fresh.QuerySession();

        Assert.Equal(Paid(1), (await session.Events.FetchStreamAsync("a"))[0].Data);
    }
}
