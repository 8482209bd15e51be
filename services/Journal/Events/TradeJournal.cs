using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using JasperFx;
using Marten;
using Marten.Exceptions;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;
using Trading.Journal.Schema;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace Trading.Journal.Events;

/// <summary>The event store: accounts and trades, append only.</summary>
public sealed class TradeJournal : IAsyncDisposable
{
    /// <summary>Most connections that one process opens to its journal: many replicas share a server, which has about a hundred.</summary>
    public const int MaxConnections = 16;

    // How long a writer that lost waits at most: five times as long as an append takes now, within these bounds.
    private const double LeastMillisecondsAfterLoss = 20, MostMillisecondsAfterLoss = 500;

    private readonly NpgsqlDataSource _dataSource;
    private readonly JournalWriter _writer;
    private readonly TimeProvider _clock;
    private readonly Lock _opening = new();
    private readonly ConcurrentDictionary<string, KnownAccount> _known = new();
    private DocumentStore? _store;
    private double _appendMilliseconds;

    /// <summary>Opens the journal of a database; <see cref="PrepareAsync"/> creates what it lacks.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="writer">Who writes.</param>
    /// <param name="clock">Stamps the events.</param>
    public TradeJournal(string connectionString, JournalWriter writer, TimeProvider clock)
    {
        (_writer, _clock) = (writer, clock);
        ConnectionString = connectionString;
        // Prepared statements pay on every append. Nothing here changes a session's state, so there is nothing to reset between two uses.
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        { MaxAutoPrepare = 50, AutoPrepareMinUsages = 2, NoResetOnClose = true, MaxPoolSize = MaxConnections };
        connection.Options = $"{connection.Options} {PostgresConnection.EndsSilentWriters}".TrimStart();
        _dataSource = NpgsqlDataSource.Create(connection);
    }

    /// <summary>Who writes.</summary>
    public JournalWriter Writer => _writer;

    /// <summary>How the database is reached. Contains the password.</summary>
    public string ConnectionString { get; }

    /// <summary>The database, for readers that go past the event store: exports, price history, locks.</summary>
    public NpgsqlDataSource Database => _dataSource;

    /// <summary>A leadership among all programs on this journal.</summary>
    /// <param name="name">What is led.</param>
    public Leadership LeadershipOf(string name) => new(ConnectionString, name, _dataSource);

    /// <summary>Creates the tables and indexes of the event store that the database lacks, and brings older ones up to date.</summary>
    /// <exception cref="JournalSchemaException">This role may not create what is missing.</exception>
    public Task PrepareAsync(CancellationToken cancellation = default) => EventStoreSchema.PrepareAsync(_dataSource, cancellation);

    /// <summary>Compiles what the first append will need, while a program waits for something else at its start.</summary>
    public static Task WarmUpAsync() => Task.Run(EventStore.WarmUp);

    /// <summary>The account as it is now; null when it was never opened.</summary>
    public async Task<Loaded<Portfolio>?> AccountAsync(string account, CancellationToken cancellation)
    {
        var streamId = Portfolio.StreamId(account);
        var read = await StoredAccount.ReadAsync(_dataSource, streamId, _known.GetValueOrDefault(streamId), cancellation);
        if (read is not null)
            _known[streamId] = read;
        return read?.Account;
    }

    /// <summary>
    /// The account as this process read it last or left it; null when it knows none. Another process may have added to it since:
    /// <see cref="AppendAsync"/> can check that.
    /// </summary>
    public KnownAccount? LastRead(string account) => _known.GetValueOrDefault(Portfolio.StreamId(account));

    /// <summary>A trade as it is now; null when it was never proposed.</summary>
    public async Task<Loaded<Trade>?> TradeAsync(Guid tradeId, CancellationToken cancellation)
    {
        await using var session = Store().QuerySession();
        var events = await AskAsync(() => session.Events.FetchStreamAsync(Trade.StreamId(tradeId), token: cancellation));
        return events.Count == 0
            ? null
            : new(events.Aggregate(default(Trade), (trade, happened) => Trade.Evolve(trade, (ITradeEvent)happened.Data))!,
                events[^1].Version);
    }

    /// <summary>
    /// Adds events to one or several streams in one transaction: all of them, or none when any stream is no longer at the version at which
    /// it was read.
    /// </summary>
    /// <param name="appends">The events and their streams.</param>
    /// <param name="cause">What caused them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="unchanged">An account on which the events rest: nothing is added when it has changed since it was read.</param>
    /// <returns>False when another writer was first: load and decide again.</returns>
    public async Task<bool> AppendAsync(IReadOnlyList<StreamAppend> appends, Cause cause, CancellationToken cancellation,
        KnownAccount? unchanged = null)
    {
        var begin = Stopwatch.GetTimestamp();
        try
        {
            await CommitAsync(appends, cause, unchanged, cancellation);
            Volatile.Write(ref _appendMilliseconds, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            return true;
        }
        // The event store throws the second one too where another stream of the transaction had changed.
        catch (Exception lost) when (lost is ConcurrencyException or ExistingStreamIdCollisionException
            or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected })
        {
            // All losers would retry at the same moment and all but one would lose again: each waits for a random time, longer where the
            // database is slow. Their own time says nothing about that: they waited for the winner's transaction too.
            var longest = Math.Clamp(5 * Volatile.Read(ref _appendMilliseconds), LeastMillisecondsAfterLoss, MostMillisecondsAfterLoss);
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * longest), TimeProvider.System, cancellation);
            return false;
        }
    }

    private async Task CommitAsync(
        IReadOnlyList<StreamAppend> appends, Cause cause, KnownAccount? unchanged, CancellationToken cancellation)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var session = Store().OpenSession(EventStore.In(transaction));
        session.CorrelationId = cause.CorrelationId?.ToString();
        session.CausationId = cause.CausationId;
        session.SetHeader("service", _writer.Service);
        session.SetHeader("version", _writer.Version);
        var left = new List<AccountLeft>();
        foreach (var append in appends.Where(append => append.Events.Count > 0))
        {
            var (stream, expected, given) = append;
            if (_writer.PacksHolds)
                PackedProposal.Pack(given);
            if (_known.TryRemove(stream, out var known) && known.Account.Version == expected)
                left.Add(AccountLeft.By(session, append, known));
            var events = _writer.Key is null ? given : Marked(session, given, stream, expected, cause);
            if (expected > 0)
                session.Events.Append(stream, expected + events.Count, events);
            else if (given[0] is IAccountEvent)
                session.Events.StartStream<Portfolio>(stream, events);
            else if (given[0] is ITradeEvent)
                session.Events.StartStream<Trade>(stream, events);
            else if (given[0] is IModelEvent)
                session.Events.StartStream<PredictionScored>(stream, events);
            else
                session.Events.StartStream<FieldRedacted>(stream, events);
        }

        if (unchanged is not null)
            session.QueueOperation(new UnchangedAccount(unchanged));
        await AskAsync(() => session.SaveChangesAsync(cancellation));
        foreach (var account in left)
            _known[account.Account.State.Id] = account.Known();
    }

    /// <summary>Adds an event at the end of a stream, wherever that is; tries again while other writers are first.</summary>
    public async Task AppendToEndAsync(string streamId, object happened, Cause cause, CancellationToken cancellation)
    {
        while (!await AppendAsync([new(streamId, await StreamReading.VersionAsync(_dataSource, streamId, cancellation), [happened])],
            cause, cancellation))
        {
        }
    }

    /// <summary>Decides on an account and appends the outcome; tries again while other writers are first.</summary>
    /// <returns>The account after the append.</returns>
    public async Task<Loaded<Portfolio>> DecideAsync(
        string account, IAccountCommand command, string causationId, CancellationToken cancellation)
    {
        while (true)
        {
            if (await TryDecideAsync(account, await AccountAsync(account, cancellation), command, causationId, cancellation) is { } decided)
                return decided;
        }
    }

    /// <summary>Decides on an account as it was read, and appends the outcome.</summary>
    /// <param name="account">The account.</param>
    /// <param name="read">What was read; null for an account that is not opened.</param>
    /// <param name="command">The command.</param>
    /// <param name="causationId">What caused it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The account after the append; null when it has changed since it was read.</returns>
    public async Task<Loaded<Portfolio>?> TryDecideAsync(
        string account, Loaded<Portfolio>? read, IAccountCommand command, string causationId, CancellationToken cancellation)
    {
        var events = Portfolio.Decide(command, read?.State);
        var version = read?.Version ?? 0;
        return events.Count == 0
            || await AppendAsync([new(Portfolio.StreamId(account), version, events)], new(null, causationId), cancellation)
            ? new(events.Aggregate(read?.State, Portfolio.Evolve)!, version + events.Count) : null;
    }

    private List<object> Marked(
        IDocumentSession session, IReadOnlyList<object> events, string stream, long expected, Cause cause)
    {
        var marked = new List<object>(events.Count);
        foreach (var (at, happened) in events.Index())
        {
            var mark = _writer.Key!.Of(happened, stream, expected + at + 1, cause.CorrelationId?.ToString(), cause.CausationId, _writer);
            var built = session.Events.BuildEvent(happened);
            built.SetHeader(WriterKey.MarkHeader, mark.Mac);
            if (mark.Fields is { Count: > 0 } fields)
                built.SetHeader(WriterKey.FieldsHeader, fields);
            marked.Add(built);
        }
        return marked;
    }

    // Made when it is first needed: programs that only read do not wait for it.
    private DocumentStore Store()
    {
        lock (_opening)
            return _store ??= EventStore.On(_dataSource, _clock);
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> question)
    {
        var answer = default(T)!;
        await AskAsync(async () => { answer = await question(); });
        return answer;
    }

    // The event store wraps some of the database's errors. Callers that retry after an outage expect Npgsql's exception only.
    private static async Task AskAsync(Func<Task> question)
    {
        try
        {
            await question();
        }
        catch (MartenCommandException wrapped) when (wrapped.InnerException is NpgsqlException failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        await _dataSource.DisposeAsync();
    }
}
