using System.Runtime.ExceptionServices;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Exceptions;
using Npgsql;
using Trading.Core;
using Weasel.Core;

namespace Trading.Journal;

/// <summary>Who writes to the journal; recorded in the headers of every event.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Version">Version of the program.</param>
public sealed record JournalWriter(string Service, string Version);

/// <summary>A stream as it was read.</summary>
/// <param name="State">The state after its last event.</param>
/// <param name="Version">Number of its events.</param>
public sealed record Loaded<T>(T State, long Version);

/// <summary>Events to add to a stream.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="ExpectedVersion">Version at which the stream was read; 0 when it must not exist yet.</param>
/// <param name="Events">The events, in order.</param>
public sealed record StreamAppend(string StreamId, long ExpectedVersion, IReadOnlyList<object> Events);

/// <summary>What caused an append.</summary>
/// <param name="CorrelationId">The trade that it belongs to; null for operator actions on the account.</param>
/// <param name="CausationId">The message or command that caused it.</param>
public sealed record Cause(Guid? CorrelationId, string CausationId);

/// <summary>The event store: accounts and trades, append only.</summary>
public sealed class TradeJournal : IAsyncDisposable
{
    /// <summary>Most connections that one process opens to its journal: many replicas share a server, which has about a hundred.</summary>
    public const int MaxConnections = 16;

    // Several times what an append takes.
    private const double MostMillisecondsAfterLoss = 20;

    private readonly NpgsqlDataSource _dataSource;
    private readonly DocumentStore _store;
    private readonly JournalWriter _writer;

    /// <summary>Opens the journal of a database; <see cref="PrepareAsync"/> creates what it lacks.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="writer">Who writes.</param>
    /// <param name="clock">Stamps the events.</param>
    public TradeJournal(string connectionString, JournalWriter writer, TimeProvider clock)
    {
        _writer = writer;
        ConnectionString = connectionString;
        // Prepared statements pay on every append. Nothing here changes a session's state, so there is nothing to reset between two uses.
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, NoResetOnClose = true, MaxPoolSize = MaxConnections };
        _dataSource = NpgsqlDataSource.Create(connection);
        _store = DocumentStore.For(options =>
        {
            options.Connection(_dataSource);
            options.AutoCreateSchemaObjects = AutoCreate.All;
            options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase);
            options.Events.StreamIdentity = StreamIdentity.AsString;
            // One round trip for a transaction: the sequence is taken in the insert, and not read ahead as Rich does.
            options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
            options.Events.TimeProvider = clock;
            options.Events.MetadataConfig.EnableAll();
            options.Events.AddEventTypes(JournalReader.EventTypes);
            options.Projections.Add(new PortfolioProjection(), ProjectionLifecycle.Inline);
        });
    }

    /// <summary>How the database is reached. Contains the password.</summary>
    public string ConnectionString { get; }

    /// <summary>The database, for readers that go past the event store: exports, price history, locks.</summary>
    public NpgsqlDataSource Database => _dataSource;

    /// <summary>Creates tables and indexes that the database lacks.</summary>
    public Task PrepareAsync() => _store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

    /// <summary>The account as it is now; null when it was never opened.</summary>
    public async Task<Loaded<Portfolio>?> AccountAsync(string account, CancellationToken cancellation)
    {
        await using var session = _store.LightweightSession();
        var stream = await AskAsync(session.Events.FetchForWriting<Portfolio>(Portfolio.StreamId(account), cancellation));
        return stream.Aggregate is null ? null : new(stream.Aggregate, stream.CurrentVersion ?? 0);
    }

    /// <summary>A trade as it is now; null when it was never proposed.</summary>
    public async Task<Loaded<Trade>?> TradeAsync(Guid tradeId, CancellationToken cancellation)
    {
        await using var session = _store.QuerySession();
        var events = await AskAsync(session.Events.FetchStreamAsync(Trade.StreamId(tradeId), token: cancellation));
        return events.Count == 0
            ? null
            : new(events.Aggregate(default(Trade), (trade, happened) => Trade.Evolve(trade, (ITradeEvent)happened.Data))!, events[^1].Version);
    }

    /// <summary>
    /// Adds events to one or several streams in one transaction: all of them, or none when any stream is no longer at the version at which it was read.
    /// </summary>
    /// <returns>False when somebody else was first: load again and decide again.</returns>
    public async Task<bool> AppendAsync(IReadOnlyList<StreamAppend> appends, Cause cause, CancellationToken cancellation)
    {
        await using var session = _store.LightweightSession();
        session.CorrelationId = cause.CorrelationId?.ToString();
        session.CausationId = cause.CausationId;
        session.SetHeader("service", _writer.Service);
        session.SetHeader("version", _writer.Version);
        foreach (var (stream, expected, events) in appends.Where(append => append.Events.Count > 0))
        {
            if (expected > 0)
                session.Events.Append(stream, expected + events.Count, events);
            else if (events[0] is IAccountEvent)
                session.Events.StartStream<Portfolio>(stream, events);
            else if (events[0] is ITradeEvent)
                session.Events.StartStream<Trade>(stream, events);
            else if (events[0] is IModelEvent)
                session.Events.StartStream<PredictionScored>(stream, events);
            else
                session.Events.StartStream<FieldRedacted>(stream, events);
        }

        try
        {
            return await AskAsync(SavedAsync(session, cancellation));
        }
        catch (Exception lost) when (lost is ConcurrencyException or ExistingStreamIdCollisionException)
        {
            // All who lost would try again at the same moment, and all but one for nothing: each waits a little, none as long as another.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * MostMillisecondsAfterLoss), TimeProvider.System, cancellation);
            return false;
        }
    }

    /// <summary>Decides on an account and appends the outcome, again and again while others are faster.</summary>
    /// <returns>The account after the append.</returns>
    public async Task<Loaded<Portfolio>> DecideAsync(string account, IAccountCommand command, string causationId, CancellationToken cancellation)
    {
        while (true)
        {
            var loaded = await AccountAsync(account, cancellation);
            var events = Portfolio.Decide(command, loaded?.State);
            var version = loaded?.Version ?? 0;
            if (events.Count > 0 && !await AppendAsync([new(Portfolio.StreamId(account), version, events)], new(null, causationId), cancellation))
                continue;
            return new(events.Aggregate(loaded?.State, Portfolio.Evolve)!, version + events.Count);
        }
    }

    private static async Task<bool> SavedAsync(IDocumentSession session, CancellationToken cancellation)
    {
        await session.SaveChangesAsync(cancellation);
        return true;
    }

    // What the database says is told as Npgsql tells it, here and there wrapped by the event store: whoever goes on after an outage has one kind of exception to expect.
    private static async Task<T> AskAsync<T>(Task<T> question)
    {
        try
        {
            return await question;
        }
        catch (MartenCommandException wrapped) when (wrapped.InnerException is NpgsqlException failure)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _dataSource.DisposeAsync();
    }
}
