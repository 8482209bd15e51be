using System.Collections.Concurrent;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten.Events;
using Npgsql;

namespace Marten;

/// <summary>A database that holds events and documents.</summary>
public sealed class DocumentStore : IDocumentStore, IMartenStorage
{
    private readonly StoreOptions _options;
    private readonly Tables _tables;
    private readonly Dictionary<Type, AggregateMapping> _aggregates;
    private readonly ConcurrentDictionary<Type, string> _aliases = new();
    private readonly SemaphoreSlim _creation = new(1);
    private volatile bool _created;

    private DocumentStore(StoreOptions options)
    {
        if (options.Events.StreamIdentity != StreamIdentity.AsString)
            throw new InvalidOperationException("Events.StreamIdentity must be set to StreamIdentity.AsString.");
        if (options.OpenDataSource is null)
            throw new InvalidOperationException("StoreOptions.Connection was not called.");
        _options = options;
        Events = (EventStoreOptions)options.Events;
        Snapshots = [.. from x in options.Projections.All where x.Lifecycle == ProjectionLifecycle.Inline select new SnapshotTable(options.DatabaseSchemaName, x)];
        _aggregates = options.Projections.All.ToDictionary(x => x.DocumentType);
        foreach (var type in _aggregates.Keys)
            AggregateAlias(type);
        _tables = new(options.DatabaseSchemaName, Events.MetadataConfig.Enabled, Snapshots);
        _created = options.AutoCreateSchemaObjects == AutoCreate.None;
        Sql = new(options.DatabaseSchemaName, Events.MetadataConfig.Enabled, Events.AppendMode == EventAppendMode.Rich);
        DataSource = options.OpenDataSource();
    }

    /// <inheritdoc/>
    public IMartenStorage Storage => this;

    internal NpgsqlDataSource DataSource { get; }

    internal EventStoreOptions Events { get; }

    internal JsonFormat Json => _options.Json;

    internal EventSql Sql { get; }

    /// <summary>The projections that are stored with the events.</summary>
    internal SnapshotTable[] Snapshots { get; }

    /// <summary>Opens a store.</summary>
    public static DocumentStore For(Action<StoreOptions> configure)
    {
        var options = new StoreOptions();
        configure(options);
        return new(options);
    }

    /// <inheritdoc/>
    public IDocumentSession LightweightSession() => new DocumentSession(this);

    /// <inheritdoc/>
    public IQuerySession QuerySession() => new QuerySession(this);

    /// <inheritdoc/>
    public async Task ApplyAllConfiguredChangesToDatabaseAsync()
    {
        await _tables.CreateAsync(DataSource, default);
        _created = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _creation.Dispose();
        if (_options.OwnsDataSource)
            DataSource.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _creation.Dispose();
        if (_options.OwnsDataSource)
            await DataSource.DisposeAsync();
    }

    internal static DocumentStore For(StoreOptions options) => new(options);

    /// <summary>Creates the tables on first use.</summary>
    internal ValueTask EnsureTablesAsync(CancellationToken token) => _created ? default : CreateTablesAsync(token);

    /// <summary>The projection that makes a document.</summary>
    /// <exception cref="InvalidProjectionException">There is none.</exception>
    internal AggregateMapping Aggregate(Type documentType) => _aggregates.GetValueOrDefault(documentType) ??
        throw new InvalidProjectionException($"No projection is registered for {documentType}; see StoreOptions.Projections.Add.");

    /// <summary>Name of an aggregate type in the database.</summary>
    internal string? AggregateAlias(Type? type) =>
        type is null ? null : _aliases.GetOrAdd(type, static type => EventTypes.SnakeCase(type.Name));

    /// <summary>The aggregate type of a name in the database, as far as it is known here.</summary>
    internal Type? AggregateType(string? alias) => _aliases.FirstOrDefault(x => x.Value == alias).Key;

    private async ValueTask CreateTablesAsync(CancellationToken token)
    {
        await _creation.WaitAsync(token);
        try
        {
            if (!_created)
                await _tables.CreateAsync(DataSource, token);
            _created = true;
        }
        finally
        {
            _creation.Release();
        }
    }
}
