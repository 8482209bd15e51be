using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>Reads an account's state as the event store keeps it beside the events.</summary>
internal static class StoredAccount
{
    // State and version in one statement: both are of the same moment.
    private const string Query = "select d.data, s.version from mt_streams s join mt_doc_portfolio d on d.id = s.id where s.id = $1";

    /// <summary>The state after the last event; null where there is none.</summary>
    public static async Task<Loaded<Portfolio>?> ReadAsync(NpgsqlDataSource database, string streamId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Query);
        command.Parameters.Add(new() { Value = streamId });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (!await reader.ReadAsync(cancellation))
                return null;
            var state = JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(0), AccountJson.Default.Portfolio);
            // What is left out in JSON comes as null: anyone who can write to the database can leave anything out.
            if (state is not { Account.Length: > 0, MarketData: not null, Positions: not null, Reservations: not null }
                || state.Id != streamId)
                throw new InvalidDataException($"what is stored for {streamId} is no account");
            return new(state, reader.GetInt64(1));
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
