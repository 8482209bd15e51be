using System.Data;
using Npgsql;

namespace Trading.Journal;

/// <summary>
/// One holder among all processes on a database: a session's advisory lock of PostgreSQL. It goes with the process, or with the connection, so another takes over
/// when the holder dies. Two may believe to hold it for the moment in which a connection breaks: what a leader does must be harmless when done twice.
/// </summary>
public sealed class Leadership(string connectionString, string name) : IAsyncDisposable
{
    private readonly string _connectionString = OwnSession(connectionString);
    private NpgsqlConnection? _session;

    /// <summary>Whether this process holds the leadership now; takes it when nobody does.</summary>
    /// <exception cref="NpgsqlException">The database does not answer, so nobody can know.</exception>
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

        var session = new NpgsqlConnection(_connectionString);
        try
        {
            await session.OpenAsync(cancellation);
            await using var take = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", session) { Parameters = { new() { Value = name } } };
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

    private static string OwnSession(string connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        if (connection.KeepAlive == 0)
            connection.KeepAlive = 10;
        return connection.ConnectionString;
    }
}
