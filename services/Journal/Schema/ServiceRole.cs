using Npgsql;

namespace Trading.Journal.Schema;

/// <summary>
/// What a service may do in the journal's database: rights on tables, and for services that decide nothing the streams that they append to.
/// Events can be added and never changed or deleted, by no service.
/// </summary>
public sealed class ServiceRole
{
    private const string Programs = "audit-programs";

    // A role that may append nowhere else must not raise the version of another stream either: its owner could then append no more.
    private static readonly (string Table, string Column, string For)[] Guarded =
        [("mt_events", "stream_id", "insert"), ("mt_streams", "id", "insert"), ("mt_streams", "id", "update")];

    private static readonly JournalTable[] Events =
    [
        new("mt_streams", "select, insert, update"), new("mt_events", "select, insert"), new("mt_events_sequence", "usage"),
        new("mt_doc_portfolio", "select"),
    ];

    private ServiceRole(string service, IReadOnlyList<JournalTable> tables, params string[] streams) =>
        (Service, Tables, Streams) = (service, tables, streams);

    /// <summary>The roles, one for each service.</summary>
    public static IReadOnlyList<ServiceRole> All { get; } =
    [
        new("price-collector", [.. Events, new("price_history", "select, insert"), new("waiting_writes", "select, insert", "delete")],
            Programs, "audit-prices"),
        new("predictor", [.. Events, new("price_history", "select, insert"), new("model_spending", "select, insert, update")],
            Programs, "score-%"),
        new("risk-manager", [.. Events, new("mt_doc_portfolio", "select, insert, update"), new("price_history", "select"),
            new("alert_deliveries", "select")]),
        new("executor", JournalSchema.AllTables),
        new("dashboard", [.. JournalSchema.AllTables.Where(table => table.Rights.Contains("select", StringComparison.Ordinal))
            .Select(table => new JournalTable(table.Name, "select"))]),
    ];

    /// <summary>The service, as its program is called.</summary>
    public string Service { get; }

    /// <summary>Patterns (like) of the streams that it appends to; any where there are none.</summary>
    public IReadOnlyList<string> Streams { get; }

    internal IReadOnlyList<JournalTable> Tables { get; }

    /// <summary>The role of a service; null when there is none.</summary>
    public static ServiceRole? Of(string service) => All.FirstOrDefault(role => role.Service == service);

    /// <summary>Whether names of roles may begin with a text.</summary>
    public static bool IsPrefix(string text) => text.Length is >= 1 and <= 40
        && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');

    /// <summary>Name of the role.</summary>
    /// <param name="prefix">What it begins with.</param>
    public string Name(string prefix) => prefix + Service.Replace('-', '_');

    /// <summary>The statements that make the role and give it its rights, in this order. Done again they change nothing.</summary>
    /// <param name="prefix">What the role's name begins with.</param>
    public IEnumerable<string> Statements(string prefix)
    {
        var role = Name(prefix);
        yield return $"do $$ begin if not exists (select from pg_roles where rolname = '{role}') then create role {role} login; "
            + "end if; end $$";
        yield return $"grant usage on schema public, audit to {role}";
        yield return $"revoke all on all tables in schema public, audit from {role}";
        yield return $"revoke all on all sequences in schema public from {role}";
        foreach (var table in Tables.Where(table => table.Rights.Length > 0))
            yield return $"grant {table.AllRights} on {(table.Rights == "usage" ? "sequence " : "")}{table.Name} to {role}";
        foreach (var (table, column, action) in Guarded)
        {
            var policy = $"{role}_{action}";
            yield return $"alter table {table} enable row level security";
            yield return $"drop policy if exists journal_users on {table}";
            yield return $"create policy journal_users on {table} using (true) with check (true)";
            yield return $"drop policy if exists {policy} on {table}";
            if (Streams.Count > 0)
                yield return $"create policy {policy} on {table} as restrictive for {action} to {role} "
                    + $"{(action == "update" ? $"using ({Condition(column)}) " : "")}with check ({Condition(column)})";
        }
    }

    /// <summary>Carries statements out, all or none.</summary>
    /// <param name="database">The database, as the owner of its tables.</param>
    /// <param name="statements">The statements.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task ApplyAsync(NpgsqlDataSource database, IEnumerable<string> statements, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    private string Condition(string column) => string.Join(" or ", Streams.Select(pattern => $"{column} like '{pattern}'"));
}
