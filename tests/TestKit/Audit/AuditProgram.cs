using Npgsql;
using Trading.TestKit.Programs;

namespace Trading.TestKit.Audit;

/// <summary>trading audit, as an auditor runs it.</summary>
internal static class AuditProgram
{
    /// <summary>Runs a command within this process.</summary>
    /// <param name="connection">The journal's database; null for none.</param>
    /// <param name="arguments">What follows on "trading audit".</param>
    internal static Task<CliProgram.Result> RunHereAsync(string? connection, params string[] arguments) =>
        CliProgram.RunHereAsync(
            connection is null ? ["audit", .. arguments] : ["audit", .. arguments, "--journal-connection", Unpooled(connection)]);

    /// <summary>Runs a command as a program of its own.</summary>
    /// <param name="connection">The journal's database; null for none.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="arguments">What follows on "trading audit".</param>
    internal static Task<CliProgram.Result> RunAsync(
        string? connection, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var variables = connection is null
            ? [] : new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = connection };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            variables[name] = value;
        return CliProgram.RunAsync(variables, ["audit", .. arguments]);
    }

    // The end of a program closes its connections; here a pool would keep them, and a database in use cannot be copied.
    private static string Unpooled(string connection) => new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString;
}
