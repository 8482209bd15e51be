using Npgsql;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.Schema;

/// <summary>Databases of an owner, a role of services beside it, and trading journal migrate.</summary>
public abstract class MigrationTest : SerialTest
{
    private const string Password = "services-only";

    /// <summary>A role that may connect, and nothing else.</summary>
    private protected static async Task<(string Role, string Connection)> RoleAsync(string owner)
    {
        var role = $"services_{Guid.NewGuid():N}"[..20];
        await SqlAsync(owner, $"create role {role} login password '{Password}'; grant usage on schema public to {role}");
        await SqlAsync(owner, "revoke create on schema public from public");
        return (role, new NpgsqlConnectionStringBuilder(owner) { Username = role, Password = Password }.ConnectionString);
    }

    private protected static Task<CliProgram.Result> MigrateAsync(string owner, params string[] arguments) =>
        CliProgram.RunAsync(
            new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = owner },
            ["journal", "migrate", .. arguments]);

    private protected static async Task<object?> SqlAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        return await command.ExecuteScalarAsync();
    }
}
