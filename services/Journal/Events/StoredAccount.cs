using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>Reads an account's state as the event store keeps it beside the events.</summary>
internal static class StoredAccount
{
    // State and version in one statement: both are of the same moment. A state that is known already is not sent again: one that a server
    // lost at a failover and that got another one of the same version has another time, and one changed by hand another transaction.
    private const string Query = "select s.version, d.mt_last_modified, d.xmin::text, "
        + "case when s.version = $2 and d.mt_last_modified = $3 and d.xmin::text = $4 then null else d.data end "
        + "from mt_streams s join mt_doc_portfolio d on d.id = s.id where s.id = $1";

    /// <summary>The state after the last event; null where there is none.</summary>
    /// <param name="database">The journal.</param>
    /// <param name="streamId">The account's stream.</param>
    /// <param name="known">What was read before; returned again where nothing has changed.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<KnownAccount?> ReadAsync(
        NpgsqlDataSource database, string streamId, KnownAccount? known, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Query);
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = known?.Account.Version ?? 0 });
        command.Parameters.Add(new() { Value = known?.WrittenAt ?? DateTime.UnixEpoch });
        command.Parameters.Add(new() { Value = known?.WrittenBy ?? "" });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (!await reader.ReadAsync(cancellation))
                return null;
            if (known is not null && await reader.IsDBNullAsync(3, cancellation))
                return known;
            var state = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(3), AccountJson.Default.Portfolio);
            // What is left out in JSON comes as null: anyone who can write to the database can leave anything out.
            if (state is not { Account.Length: > 0, MarketData: not null, Positions: not null, Reservations: not null }
                || state.Id != streamId)
                throw new InvalidDataException($"what is stored for {streamId} is no account");
            return new(new(state, reader.GetInt64(0)), reader.IsDBNull(1) ? DateTime.UnixEpoch : reader.GetDateTime(1),
                reader.GetString(2));
        }
        catch (PostgresException absent) when (absent.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // A journal that earlier versions made has the table from its first account on.
            return null;
        }
    }
}

/// <summary>How the account's state is read: as the event store writes it, by code that is made at build time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Portfolio))]
internal sealed partial class AccountJson : JsonSerializerContext;
