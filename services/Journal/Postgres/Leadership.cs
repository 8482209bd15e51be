using System.Data;
using Npgsql;

namespace Trading.Journal.Postgres;

/// <summary>
/// One leader among all processes on a database, by an advisory lock of a PostgreSQL session. The lock ends with the process or its
/// connection, so another takes over when the leader dies. While a connection breaks, two may believe that they lead for a moment: what a
/// leader does must be harmless when done twice.
/// </summary>
/// <param name="connectionString">The database.</param>
/// <param name="name">What is led.</param>
/// <param name="shared">
/// Where those who wait to lead ask whether they can; null to ask in a session of its own each time.
/// </param>
public sealed class Leadership(string connectionString, string name, NpgsqlDataSource? shared = null) : IAsyncDisposable, IDisposable
{
    private readonly string _connectionString = OwnSession(connectionString);
    private const int LongestAnswerSeconds = 10;
    private const int LongestSilenceSeconds = 5;
    private NpgsqlConnection? _session;

    /// <summary>Whether this process holds the leadership now; takes it when it is free.</summary>
    /// <exception cref="NpgsqlException">The database does not answer, so this is unknown.</exception>
    public async Task<bool> HoldAsync(CancellationToken cancellation)
    {
        // A connection that broke while nothing was asked of it is found closed.
        if (_session is { FullState: not ConnectionState.Open })
            await DisposeAsync();
        if (_session is not null)
        {
            try
            {
                await using var alive = new NpgsqlCommand("select 1", _session);
                await alive.ExecuteScalarAsync(cancellation);
                return true;
            }
            catch (NpgsqlException)
            {
                await DisposeAsync();
            }
        }

        if (shared is not null && await IsTakenAsync(shared, cancellation))
            return false;
        var session = new NpgsqlConnection(_connectionString);
        try
        {
            await session.OpenAsync(cancellation);
            await RefusePoolerAsync(session, cancellation);
            await using var take = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", session)
            { Parameters = { new() { Value = name } } };
            if (await take.ExecuteScalarAsync(cancellation) is true)
                (_session, session) = (session, null!);
            return _session is not null;
        }
        finally
        {
            if (session is not null)
                await session.DisposeAsync();
        }
    }

    /// <summary>Gives the leadership up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _session = null;
    }

    // Who waits to lead asks all day: a session for each question would cost the server more than the answer. The lock is held for this
    // statement at most; two who ask at once may both find it taken, and ask again.
    private async Task<bool> IsTakenAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        try
        {
            await using var free = database.CreateCommand("select pg_try_advisory_xact_lock(hashtextextended($1, 0))");
            free.Parameters.Add(new() { Value = name });
            free.CommandTimeout = LongestAnswerSeconds;
            return await free.ExecuteScalarAsync(cancellation) is false;
        }
        catch (NpgsqlException)
        {
            // A connection that broke while it was not used. A new one gives the answer.
            return false;
        }
    }

    // Behind a pooler that gives each transaction another session the lock would be somebody else's a moment later.
    private static async Task RefusePoolerAsync(NpgsqlConnection session, CancellationToken cancellation)
    {
        await using var who = new NpgsqlCommand("select pg_backend_pid()", session);
        if ((int)(await who.ExecuteScalarAsync(cancellation))! != session.ProcessID)
            throw new PoolerException("the journal's database is reached through a pooler that shares sessions: a leader's lock would not "
                + "hold there. Connect to PostgreSQL itself");
    }

    // The server looks after a leader that fell silent: after 5 + 3 * 3 s without a sign of its machine, or 14 s without a word of its
    // process, which may be frozen or behind a way that went silent and still acknowledges, its session ends and another may lead. This
    // side says something every 5 s. Its limits end a wait for a server that fell silent.
    private static string OwnSession(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString)
        { Pooling = false };
        // A socket file has a server on the same machine.
        if (connection.Host is { } host && !host.StartsWith('/'))
            (connection.TcpKeepAlive, connection.TcpKeepAliveTime, connection.TcpKeepAliveInterval) = (true, 5, 3);
        if (connection.CommandTimeout is 0 or > LongestAnswerSeconds)
            connection.CommandTimeout = LongestAnswerSeconds;
        connection.Options = $"{connection.Options} {PostgresConnection.EndsSilentWriters} "
            + "-c tcp_user_timeout=14000 -c idle_session_timeout=14000";
        if (connection.KeepAlive is 0 or > LongestSilenceSeconds)
            connection.KeepAlive = LongestSilenceSeconds;
        return connection.ConnectionString;
    }
}
