using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Trading.Integration.Tests.EventStore;

/// <summary>How a store prepares its database, and the ways to one.</summary>
[Collection(nameof(TheDatabase))]
public class OpeningTheStore : EventStoreTest
{
    [Fact]
    public async Task is_prepared_as_often_as_wanted()
    {
        await Store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        await StartAsync("a", 1);
        await using var other = Open();

        await other.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

        Assert.Single(await EventsAsync("a"));
    }

    [Fact]
    public async Task gets_the_columns_of_metadata_when_they_are_turned_on_later()
    {
        var plain = DocumentStore.For(options =>
        {
            options.Connection(ConnectionString);
            options.Events.StreamIdentity = StreamIdentity.AsString;
            options.Events.AddEventType<FundsPaidIn>();
        });
        await using (plain)
        {
            await using var session = plain.LightweightSession();
            session.Events.StartStream<Statement>("old", Paid(1));
            await session.SaveChangesAsync();
        }
        Assert.Empty(await SqlAsync(
            "select column_name::text from information_schema.columns where table_name = 'mt_events' and column_name = 'headers'"));

        await SaveAsync(session =>
        {
            session.CorrelationId = "trade 7";
            session.Events.StartStream<Balance>("new", Paid(2));
        });

        Assert.Equal("trade 7", (await EventsAsync("new"))[0].CorrelationId);
    }

    [Fact]
    public async Task is_left_alone_when_asked_to()
    {
        await using var store = Open(options => options.AutoCreateSchemaObjects = AutoCreate.None);
        await using var session = store.QuerySession();

        var bare = await Assert.ThrowsAsync<PostgresException>(() => session.Events.FetchStreamAsync("a"));
        var wrapped = await Assert.ThrowsAsync<MartenCommandException>(() => session.LoadAsync<Balance>("a"));

        Assert.Equal(PostgresErrorCodes.UndefinedTable, bare.SqlState);
        Assert.Equal(PostgresErrorCodes.UndefinedTable, Assert.IsType<PostgresException>(wrapped.InnerException).SqlState);
        Assert.Empty(await SqlAsync("select tablename::text from pg_tables where schemaname = 'public'"));
    }

    [Fact]
    public async Task can_keep_its_tables_in_another_schema()
    {
        await using var store = Open(options => options.DatabaseSchemaName = "journal");
        await using var session = store.LightweightSession();
        session.Events.StartStream<Balance>("a", Paid(1));
        await session.SaveChangesAsync();

        Assert.Equal(new Balance("a", 1, 1), await session.LoadAsync<Balance>("a"));
        Assert.Equal(["1"], await SqlAsync("select count(*)::text from journal.mt_events"));
    }

    [Fact]
    public async Task is_reached_through_a_data_source_that_outlives_the_store()
    {
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString);
        await using (var store = Open(options => options.Connection(dataSource)))
        {
            await using var session = store.LightweightSession();
            session.Events.StartStream<Balance>("a", Paid(1));
            await session.SaveChangesAsync();
        }

        await using var command = dataSource.CreateCommand("select count(*) from mt_events");
        Assert.Equal(1L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task is_registered_with_its_sessions()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMarten(options =>
        {
            options.Connection(ConnectionString);
            options.Events.StreamIdentity = StreamIdentity.AsString;
            options.Events.AddEventType<FundsPaidIn>();
        }).UseLightweightSessions();
        await using var provider = services.BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();

        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        session.Events.StartStream<Statement>("a", Paid(1));
        await session.SaveChangesAsync();

        Assert.Single(await scope.ServiceProvider.GetRequiredService<IQuerySession>().Events.FetchStreamAsync("a"));
        Assert.Same(provider.GetRequiredService<IDocumentStore>(), scope.ServiceProvider.GetRequiredService<IDocumentStore>());
    }
}
