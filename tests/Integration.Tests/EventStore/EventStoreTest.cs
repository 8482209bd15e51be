using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Events.Aggregation;
using Npgsql;
using Trading.TestKit.Servers;
using Weasel.Core;
using Xunit;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Integration.Tests.EventStore;

public enum Side
{
    Buy,
    Sell
}

public sealed record FundsPaidIn(decimal AmountUsd, Side Side);

public sealed record AccountClosed(string Reason);

public sealed record Balance(string Id, decimal TotalUsd, int Version);

/// <summary>Never stored: folded when it is asked for.</summary>
public sealed record Statement(string Id, int Events);

public sealed class BalanceProjection : SingleStreamProjection<Balance, string>
{
    public BalanceProjection()
    {
        IncludeType<FundsPaidIn>();
        IncludeType<AccountClosed>();
    }

    public override Balance? Evolve(Balance? snapshot, string id, IEvent e) => e.Data switch
    {
        FundsPaidIn paid => new(id, (snapshot?.TotalUsd ?? 0) + paid.AmountUsd, 0),
        AccountClosed => null,
        _ => snapshot
    };
}

public sealed class StatementProjection : SingleStreamProjection<Statement, string>
{
    public override Statement? Evolve(Statement? snapshot, string id, IEvent e) => new(id, (snapshot?.Events ?? 0) + 1);
}

/// <summary>A clock that stands still until it is set.</summary>
public sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>What the tests of the event store have in common: an empty database and a store on it.</summary>
public abstract class EventStoreTest : IAsyncLifetime
{
    private readonly List<DocumentStore> _stores = [];

    protected SetClock Clock { get; } = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    protected string ConnectionString { get; private set; } = "";

    protected DocumentStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        ConnectionString = await PostgresServer.CreateDatabaseAsync();
        Store = Open();
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
            await store.DisposeAsync();
    }

    protected static FundsPaidIn Paid(decimal amountUsd) => new(amountUsd, Side.Buy);

    protected DocumentStore Open(Action<StoreOptions>? configure = null)
    {
        var store = DocumentStore.For(options =>
        {
            options.Connection(ConnectionString);
            options.AutoCreateSchemaObjects = AutoCreate.All;
            options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase);
            options.Events.StreamIdentity = StreamIdentity.AsString;
            options.Events.TimeProvider = Clock;
            options.Events.MetadataConfig.EnableAll();
            options.Projections.Add(new BalanceProjection(), ProjectionLifecycle.Inline);
            options.Projections.Add(new StatementProjection(), ProjectionLifecycle.Live);
            configure?.Invoke(options);
        });
        _stores.Add(store);
        return store;
    }

    /// <summary>Starts a stream with one payment per amount.</summary>
    protected Task StartAsync(string key, params decimal[] amountsUsd) =>
        SaveAsync(session => session.Events.StartStream<Balance>(key, amountsUsd.Select(Paid)));

    /// <summary>Saves what is done in a session of its own.</summary>
    protected async Task SaveAsync(Action<IDocumentSession> act)
    {
        await using var session = Store.LightweightSession();
        act(session);
        await session.SaveChangesAsync();
    }

    /// <summary>A refusal as the journal knows it. Where several streams of a session are refused, either exception may come.</summary>
    protected static async Task RefusedAsync(Func<Task> save)
    {
        var refused = await Record.ExceptionAsync(save);
        Assert.True(refused is ConcurrencyException or ExistingStreamIdCollisionException, $"not refused, but: {refused}");
    }

    protected async Task<IReadOnlyList<IEvent>> EventsAsync(string key)
    {
        await using var session = Store.QuerySession();
        return await session.Events.FetchStreamAsync(key);
    }

    protected async Task<Balance?> BalanceAsync(string key)
    {
        await using var session = Store.QuerySession();
        return await session.LoadAsync<Balance>(key);
    }

    /// <summary>The first column of all rows of a query, as text.</summary>
    protected async Task<List<string?>> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?>();
        while (await reader.ReadAsync())
            rows.Add(reader.IsDBNull(0) ? null : reader.GetString(0));
        return rows;
    }
}
