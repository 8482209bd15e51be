using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Hosting.Settings;

namespace Trading.Cli.Shared;

/// <summary>What a command of the audit works with.</summary>
/// <param name="Parsed">Its switches.</param>
/// <param name="Settings">The settings, valid.</param>
/// <param name="ConnectionString">The journal's database. Contains the password.</param>
/// <param name="Database">The journal's database.</param>
/// <param name="Json">Whether the answer is to be JSON.</param>
/// <param name="Cancellation">Ends the command.</param>
public sealed record JournalRun(ParseResult Parsed, TradingSettings Settings, string ConnectionString, NpgsqlDataSource Database,
    bool Json, CancellationToken Cancellation)
{
    /// <summary>JSON as every command prints it: camelCase, enums as words, decimals as they are.</summary>
    public static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web)
    { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Writes a value to standard output as JSON.</summary>
    public static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));
}
