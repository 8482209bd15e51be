using Npgsql;

namespace Trading.Journal.Postgres;

/// <summary>Whether a commit is on a second server before it returns, so that a failover forgets nothing that was answered.</summary>
public static class Replication
{
    private const string Question = "select current_setting('synchronous_standby_names'), current_setting('synchronous_commit')";

    /// <summary>What the server lacks for that, in words; null when nothing.</summary>
    public static async Task<string?> LacksAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Question);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (standbys, commit) = (reader.GetString(0), reader.GetString(1));
        return string.IsNullOrWhiteSpace(standbys) ? "synchronous_standby_names is empty"
            : commit is "off" or "local" ? $"synchronous_commit is {commit}"
            : null;
    }
}
