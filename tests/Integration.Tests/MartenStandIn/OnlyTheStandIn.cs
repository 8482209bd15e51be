using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;
using Marten.Exceptions;
using Xunit;

namespace Trading.Integration.Tests.MartenStandIn;

/// <summary>Where the stand-in differs: what it refuses in words, and what goes well only with it.</summary>
public class OnlyTheStandIn : EventStoreTest
{
    [Fact]
    public async Task a_query_that_is_not_understood_is_refused()
    {
        await using var session = Store.QuerySession();
        var events = session.Events.QueryAllRawEvents();

        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.Where(e => e.StreamKey!.StartsWith('a')).ToListAsync());
        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.Where(e => e.Version == 1 || e.Version == 2).ToListAsync());
        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.Where(e => e.CorrelationId == "a").ToListAsync());
        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.OrderByDescending(e => e.Sequence).ToListAsync());
        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.OrderBy(e => e.Timestamp).ToListAsync());
        await Assert.ThrowsAsync<BadLinqExpressionException>(() => events.Take(2).Where(e => e.Version == 1).ToListAsync());
        Assert.Throws<BadLinqExpressionException>(() => events.Select(e => e.Version));
        Assert.Throws<BadLinqExpressionException>(() => events.Count());
        Assert.Throws<NotSupportedException>(() => events.ToList());
    }

    [Fact]
    public async Task an_aggregate_without_a_projection_is_refused()
    {
        await using var session = Store.LightweightSession();

        await Assert.ThrowsAsync<InvalidProjectionException>(() => session.Events.FetchForWriting<Unprojected>("a"));
        await Assert.ThrowsAsync<InvalidProjectionException>(() => session.Events.AggregateStreamAsync<Unprojected>("a"));
    }

    [Fact]
    public async Task a_document_that_no_projection_stores_is_refused()
    {
        await using var session = Store.QuerySession();

        await Assert.ThrowsAsync<InvalidDocumentException>(() => session.LoadAsync<Statement>("a"));
    }

    [Fact]
    public async Task an_append_to_a_stream_that_was_saved_already_is_refused()
    {
        await using var session = Store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Balance>("a");
        stream.AppendOne(Paid(1));
        await session.SaveChangesAsync();

        Assert.Throws<InvalidOperationException>(() => stream.AppendOne(Paid(2)));
    }

    [Fact]
    public void streams_without_keys_are_refused() =>
        Assert.Throws<InvalidOperationException>(() => DocumentStore.For(options => options.Connection(ConnectionString)));

    [Fact]
    public void a_store_without_a_database_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => DocumentStore.For(options => options.Events.StreamIdentity = StreamIdentity.AsString));

    [Theory]
    [InlineData("Journal")]
    [InlineData("1journal")]
    [InlineData("a;drop table b")]
    [InlineData("")]
    public void a_schema_name_that_would_need_quotes_is_refused(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => new StoreOptions { DatabaseSchemaName = name });

    [Fact]
    public void generic_events_are_refused() =>
        Assert.Throws<NotSupportedException>(() => Open(options => options.Events.AddEventType<Wrapped<int>>()));

    [Fact]
    public async Task a_table_that_cannot_be_completed_is_refused()
    {
        await SqlAsync("create table mt_streams (id varchar primary key)");

        await Assert.ThrowsAsync<MartenSchemaException>(() => Store.Storage.ApplyAllConfiguredChangesToDatabaseAsync());
    }

    [Fact]
    public async Task what_the_package_writes_in_place_of_a_failed_append_is_read()
    {
        await StartAsync("mt_tombstone", 1);
        await SqlAsync("update mt_events set type = 'tombstone', mt_dotnet_type = 'JasperFx.Events.Tombstone, JasperFx.Events', data = '{}', timestamp = '-infinity'");

        Assert.IsType<Tombstone>((await EventsAsync("mt_tombstone"))[0].Data);
    }

    // With the package, an append without a version that is not refused can still overwrite the snapshot of another.
    [Fact]
    public async Task snapshots_follow_appends_without_a_version()
    {
        await StartAsync("a", 1);

        await Task.WhenAll(Enumerable.Range(1, 16).Select(async _ =>
        {
            try
            {
                await SaveAsync(session => session.Events.Append("a", Paid(1)));
            }
            catch (EventStreamUnexpectedMaxEventIdException)
            {
                // Refused: not counted below either.
            }
        }));

        Assert.Equal((await EventsAsync("a")).Count, (await BalanceAsync("a"))!.TotalUsd);
    }

    [Fact]
    public void aggregates_that_the_package_would_take_for_conventional_ones_are_refused()
    {
        Assert.Throws<InvalidProjectionException>(() => Open(options => options.Projections.Add(new Folding<WithApply>(), ProjectionLifecycle.Live)));
        Assert.Throws<InvalidProjectionException>(() => Open(options => options.Projections.Add(new Folding<WithOneParameter>(), ProjectionLifecycle.Live)));
        Assert.Throws<InvalidDocumentException>(() => Open(options => options.Projections.Add(new Folding<WithoutId>(), ProjectionLifecycle.Live)));
        Assert.Throws<InvalidProjectionException>(() => Open(options => options.Projections.Add(new BalanceProjection(), ProjectionLifecycle.Live)));
    }

    [Fact]
    public async Task binary_events_cannot_be_read()
    {
        await StartAsync("a", 1);
        await SqlAsync(@"update mt_events set bdata = '\x01'");

        await Assert.ThrowsAsync<NotSupportedException>(() => EventsAsync("a"));
    }

    [Fact]
    public async Task the_tables_can_be_created_by_several_stores_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            await using var store = Open();
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        }));

        await StartAsync("a", 1);
        Assert.Single(await EventsAsync("a"));
    }

    private sealed record Unprojected(string Id);

    private sealed record WithApply(string Id)
    {
        public WithApply Apply(FundsPaidIn paid) => paid is null ? this : this with { Id = Id };
    }

    private sealed record WithOneParameter(Guid Value)
    {
        public string Id => Value.ToString();
    }

    private sealed record WithoutId(int Events, int More);

    private sealed class Folding<TDoc> : SingleStreamProjection<TDoc, string> where TDoc : class
    {
        public override TDoc? Evolve(TDoc? snapshot, string id, IEvent e) => snapshot;
    }

    private sealed record Wrapped<T>(T Value);
}
