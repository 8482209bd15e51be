using JasperFx.Events;
using Marten;
using Npgsql;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

/// <summary>All events of a store, in pages and filtered, and the order of their numbers.</summary>
[Collection(nameof(ReadingEvents))]
public class ReadingAllEvents : EventStoreTest
{
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
}
