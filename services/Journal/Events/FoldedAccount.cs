using System.Data;
using System.Text.Json;
using Npgsql;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>How an account that is stored beside its events differs from what they make of it.</summary>
/// <param name="Version">Number of the events.</param>
/// <param name="Detail">The first difference in words.</param>
/// <param name="IsEarlierForm">
/// Whether the stored one only lacks values that an earlier version of the program did not keep: it is to be written again.
/// </param>
public sealed record AccountDifference(long Version, string Detail, bool IsEarlierForm);

/// <summary>
/// An account folded from its events, to be compared with the one that is stored beside them, which decisions read. The fold goes on from
/// where it ended the last time, so that comparing costs only what was appended since.
/// </summary>
/// <param name="database">The journal.</param>
/// <param name="streamId">The account's stream.</param>
/// <param name="key">
/// The key of writers: the fold begins at the newest statement with their mark. Null begins at the first event.
/// </param>
public sealed class FoldedAccount(NpgsqlDataSource database, string streamId, WriterKey? key = null)
{
    private const string Stored = """
        select d.data, d.mt_version::bigint, s.version, d.id is not null, s.id is not null
        from (select $1::text as id) wanted left join mt_streams s on s.id = wanted.id left join mt_doc_portfolio d on d.id = wanted.id
        """;

    private const string Events =
        $"select {JournalReader.Columns} from mt_events where stream_id = $1 and version > $2 and version <= $3 order by version";

    /// <summary>The account after the events that were folded; null before the first.</summary>
    public Portfolio? State { get; private set; }

    /// <summary>Number of events that were folded.</summary>
    public long Version { get; private set; }

    /// <summary>Folds what was appended since the last time, and compares.</summary>
    /// <returns>The difference; null where there is none, also where neither events nor a stored account are there.</returns>
    public async Task<AccountDifference?> CompareAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (json, documentVersion, streamVersion, hasDocument, hasStream) = await StoredAsync(connection, cancellation);
        // A statement is looked for on another connection: none that is newer than what this transaction sees.
        if (await FoldAsync(connection, long.MaxValue, streamVersion ?? 0, cancellation) is { } impossible)
            return new(Version, impossible, false);
        if (State is null)
            return hasDocument ? new(0, "an account is stored, and there are no events of it", false) : null;
        if (!hasStream || streamVersion != Version)
            return new(Version, hasStream ? $"its stream is at version {streamVersion}, its newest event is version {Version}"
                : "its stream has no row in mt_streams", false);
        if (!hasDocument || json is null)
            return new(Version, "there is no stored one", false);
        return documentVersion == Version ? Compare(json, State, Version)
            : new(Version, $"it is stored at version {documentVersion}, its newest event is version {Version}", false);
    }

    /// <summary>Folds the events as far as they can be read and follow on each other.</summary>
    /// <returns>Why it ended before the last; null at the last.</returns>
    public Task<string?> FoldAsync(CancellationToken cancellation) => FoldAsync(long.MaxValue, cancellation);

    /// <summary>Folds the events up to a version, as far as they can be read and follow on each other.</summary>
    /// <returns>Why it ended before that; null when it did not.</returns>
    public async Task<string?> FoldAsync(long upToVersion, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await FoldAsync(connection, upToVersion, upToVersion, cancellation);
    }

    /// <summary>How a statement about the account differs from the events that were folded; null when it does not.</summary>
    internal AccountDifference? Compare(Portfolio stated) =>
        State is null ? new(Version, "there are no events of it", false)
            : Compare(JsonSerializer.SerializeToUtf8Bytes(stated, AccountJson.Default.Portfolio), State, Version);

    /// <summary>Writes the stored account again from the events; false when something was appended meanwhile.</summary>
    public async Task<bool> WriteAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var at = new NpgsqlCommand("select version from mt_streams where id = $1 for update", connection))
        {
            at.Parameters.Add(new() { Value = streamId });
            if (await at.ExecuteScalarAsync(cancellation) is not long version || version != Version)
                return false;
        }
        await WriteAsync(connection, streamId, State!, Version, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    internal static async Task WriteAsync(
        NpgsqlConnection connection, string streamId, Portfolio state, long version, CancellationToken cancellation)
    {
        await using var write = new NpgsqlCommand("""
            insert into mt_doc_portfolio (id, data, mt_version, mt_dotnet_type, mt_last_modified)
            values ($1, $2::jsonb, $3, $4, transaction_timestamp())
            on conflict (id) do update set data = excluded.data, mt_version = excluded.mt_version, mt_dotnet_type = excluded.mt_dotnet_type,
                mt_last_modified = excluded.mt_last_modified
            """, connection);
        write.Parameters.Add(new() { Value = streamId });
        write.Parameters.Add(new() { Value = JsonSerializer.Serialize(state, AccountJson.Default.Portfolio) });
        write.Parameters.Add(new() { Value = version });
        write.Parameters.Add(new() { Value = typeof(Portfolio).FullName! });
        await write.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<(byte[]? Json, long? DocumentVersion, long? StreamVersion, bool HasDocument, bool HasStream)> StoredAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Stored, connection) { Parameters = { new() { Value = streamId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.IsDBNull(0) ? null : reader.GetFieldValue<byte[]>(0), reader.GetValue(1) as long?, reader.GetValue(2) as long?,
            reader.GetBoolean(3), reader.GetBoolean(4));
    }

    private async Task<string?> FoldAsync(
        NpgsqlConnection connection, long upToVersion, long statedUpTo, CancellationToken cancellation)
    {
        if (Version == 0 && key is not null && await StatedAccounts.FindAsync(database, key, streamId, statedUpTo, cancellation)
            is { } stated)
            (State, Version) = (stated.State, stated.Version);
        await using var command = new NpgsqlCommand(Events, connection)
        { Parameters = { new() { Value = streamId }, new() { Value = Version }, new() { Value = upToVersion } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            try
            {
                var stored = JournalReader.Row(reader);
                if (stored.Version != Version + 1)
                    return $"version {Version + 1} of its events is gone";
                if (stored.Event() is not IAccountEvent happened)
                    return $"event {stored.Sequence} is a {stored.Type}, which is not an event of an account";
                (State, Version) = (Portfolio.Evolve(State, happened), stored.Version);
            }
            catch (Exception impossible) when (impossible is InvalidDataException or InvalidOperationException or InvalidCastException
                or OverflowException or ArgumentException or NullReferenceException)
            {
                return $"it cannot be computed from its events after version {Version}: {impossible.Message.TrimEnd('.')}";
            }
        }
        return null;
    }

    private static AccountDifference? Compare(byte[] json, Portfolio folded, long version)
    {
        Portfolio stored;
        try
        {
            stored = JsonSerializer.Deserialize(json, AccountJson.Default.Portfolio) ?? throw new JsonException("it is null");
        }
        catch (JsonException unreadable)
        {
            return new(version, $"the stored one cannot be read: {unreadable.Message}", false);
        }
        using var raw = JsonDocument.Parse(json);
        var (was, made) = (AccountFields.Of(stored), AccountFields.Of(folded));
        var differing = was.Keys.Union(made.Keys).Where(path => was.GetValueOrDefault(path) != made.GetValueOrDefault(path))
            .Order(StringComparer.Ordinal).ToList();
        if (differing.Count == 0)
            return null;
        var changed = differing.Find(path => !AccountFields.IsLeftOut(raw.RootElement, path));
        var first = changed ?? differing[0];
        return new(version, $"{first} is stored as {Told(was.GetValueOrDefault(first))}, "
            + $"its events make it {Told(made.GetValueOrDefault(first))}", changed is null);
    }

    private static string Told(string? value) => value is null or "" ? "nothing" : value;
}
