using Npgsql;
using Trading.Journal.Postgres;

namespace Trading.Journal.Tables;

/// <summary>
/// Which alerts were raised, and how each ended. An alert is claimed here before it is sent, so that it is sent once whatever the number of
/// replicas, redeliveries and restarts. When the claim's holder died or got no answer, the alert is not sent again but reported as unsure.
/// </summary>
public sealed class AlertClaims(NpgsqlDataSource database)
{
    /// <summary>After this time a claim without an outcome belongs to a process that died.</summary>
    public static readonly TimeSpan ClaimLimit = TimeSpan.FromMinutes(2);

    /// <summary>How long a raised alert is remembered: longer than any queue keeps a message.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(90);

    private const string Tables = """
        create table if not exists alert_deliveries (
            key text not null,
            channel text not null,
            payload text not null,
            state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed', 'unsure')),
            attempts integer not null default 0,
            reason text,
            raised_at timestamptz not null default now(),
            due_at timestamptz not null default now(),
            primary key (key, channel));
        create index if not exists alert_deliveries_due on alert_deliveries (due_at) where state in ('waiting', 'sending');
        create index if not exists alert_deliveries_raised on alert_deliveries (raised_at);
        create table if not exists alert_conditions (name text primary key, since timestamptz not null);
        create table if not exists alert_progress (name text primary key, position bigint not null);
        """;

    private const string Claim = """
        update alert_deliveries set state = 'sending', attempts = attempts + 1, due_at = now()
        where (key, channel) in (
            select key, channel from alert_deliveries where state = 'waiting' and due_at <= now()
            order by due_at limit $1 for update skip locked)
        returning key, channel, payload, attempts
        """;

    internal static NeededTables Needed { get; } = new("alert_deliveries",
        ["alert_deliveries", "alert_conditions", "alert_progress"], Tables);

    /// <summary>Creates the tables where the database lacks them.</summary>
    public Task PrepareAsync(CancellationToken cancellation) => TableSetup.CreateAsync(database, Needed, cancellation);

    /// <summary>Records an alert for each channel; does nothing where it was raised before.</summary>
    /// <returns>Whether it is new for any channel.</returns>
    public async Task<bool> RaiseAsync(string key, string payload, IReadOnlyList<string> channels, CancellationToken cancellation) =>
        await ExecuteAsync("insert into alert_deliveries (key, channel, payload) select $1, channel, $2 from unnest($3) as channel on "
            + "conflict do nothing", cancellation, key, payload, channels.ToArray()) > 0;

    /// <summary>Claims alerts that are due; no other process gets them.</summary>
    public async Task<IReadOnlyList<AlertDelivery>> ClaimAsync(int most, CancellationToken cancellation)
    {
        await using var command = Command(Claim, most);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var claimed = new List<AlertDelivery>();
        while (await reader.ReadAsync(cancellation))
            claimed.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
        return claimed;
    }

    /// <summary>It was delivered.</summary>
    public Task SentAsync(AlertDelivery delivery, CancellationToken cancellation) =>
        EndAsync(delivery, "sent", null, TimeSpan.Zero, cancellation);

    /// <summary>It was certainly not delivered, and is tried again after a time.</summary>
    public Task RetryAsync(AlertDelivery delivery, string reason, TimeSpan after, CancellationToken cancellation) =>
        EndAsync(delivery, "waiting", reason, after, cancellation);

    /// <summary>It was certainly not delivered, and is not tried again.</summary>
    public Task FailedAsync(AlertDelivery delivery, string reason, CancellationToken cancellation) =>
        EndAsync(delivery, "failed", reason, TimeSpan.Zero, cancellation);

    /// <summary>Nobody can say whether it was delivered.</summary>
    public Task UnsureAsync(AlertDelivery delivery, string reason, CancellationToken cancellation) =>
        EndAsync(delivery, "unsure", reason, TimeSpan.Zero, cancellation);

    /// <summary>Ends the claims of processes that died, and forgets what is old.</summary>
    /// <returns>How many claims were ended.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        // A role without the right to delete keeps them.
        await using (var allowed = database.CreateCommand("select has_table_privilege('alert_deliveries', 'delete')"))
        {
            if (await allowed.ExecuteScalarAsync(cancellation) is true)
                await ExecuteAsync("delete from alert_deliveries where raised_at < now() - $1 and state <> 'sending'",
                    cancellation, KeptFor);
        }
        return await ExecuteAsync(
            "update alert_deliveries set state = 'unsure', reason = 'the process that sent it ended before it knew' where state = "
            + "'sending' and due_at < now() - $1", cancellation, ClaimLimit);
    }

    /// <summary>The newest alerts that were not delivered.</summary>
    public static async Task<IReadOnlyList<UndeliveredAlert>> UndeliveredAsync(
        NpgsqlDataSource database, int most, CancellationToken cancellation)
    {
        if (!await database.HasTablesAsync(cancellation, "alert_deliveries"))
            return [];
        return await database.RowsAsync("""
            select key, channel, state, reason, raised_at from alert_deliveries
            where state in ('failed', 'unsure') or (state = 'waiting' and attempts > 0) order by raised_at desc limit $1
            """, row => new UndeliveredAlert(row.GetString(0), row.GetString(1), row.GetString(2),
            row.IsDBNull(3) ? null : row.GetString(3), new(row.GetDateTime(4), TimeSpan.Zero)), cancellation, most);
    }

    /// <summary>The newest alerts, newest first, each once: with the worst of what became of it at its receivers.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="most">Most alerts.</param>
    /// <param name="after">Only those that were raised after this time.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<RaisedAlert>> NewestAsync(
        NpgsqlDataSource database, int most, DateTimeOffset after, CancellationToken cancellation)
    {
        // The inner limit leaves room for twenty receivers of each: this costs the same however many alerts there have been.
        await using var command = database.CreateCommand("""
            select key, min(payload), min(raised_at), (array_agg(state order by
                array_position(array['failed', 'unsure', 'waiting', 'sending', 'sent'], state)))[1]
            from (select * from alert_deliveries where raised_at > $2 order by raised_at desc limit $1 * 20) newest
            group by key order by 3 desc limit $1
            """);
        command.Parameters.Add(new() { Value = most });
        command.Parameters.Add(new() { Value = after.UtcDateTime });
        var raised = new List<RaisedAlert>();
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                raised.Add(new(reader.GetString(0), reader.GetString(1), new(reader.GetDateTime(2), TimeSpan.Zero), reader.GetString(3)));
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // Nothing was ever raised.
        }
        return raised;
    }

    /// <summary>The conditions that hold by the last check and were alerted, oldest first.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="most">Most conditions.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<StandingAlert>> StandingAsync(
        NpgsqlDataSource database, int most, CancellationToken cancellation)
    {
        if (!await database.HasTablesAsync(cancellation, "alert_conditions"))
            return [];
        return await database.RowsAsync("""
            select held.name, held.since, min(raised.payload::jsonb ->> 'subject'), min(raised.payload::jsonb ->> 'text')
            from alert_conditions held join alert_deliveries raised
                on raised.key = held.name || '/' || trunc(extract(epoch from held.since) * 1000)::bigint
            group by 1, 2 order by 2, 1 limit $1
            """, row => new StandingAlert(row.GetString(0), new(row.GetDateTime(1), TimeSpan.Zero), row.GetString(2), row.GetString(3)),
            cancellation, most);
    }

    /// <summary>A condition holds.</summary>
    /// <returns>Since when, and how long that is, both by the database's clock.</returns>
    public async Task<(DateTimeOffset Since, TimeSpan For)> HoldsAsync(string name, CancellationToken cancellation)
    {
        await using var command = Command("insert into alert_conditions (name, since) values ($1, now()) on conflict (name) do update set "
            + "since = alert_conditions.since returning since, now() - since", name);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (new(reader.GetDateTime(0), TimeSpan.Zero), reader.GetTimeSpan(1));
    }

    /// <summary>Ends all other conditions of the checked kinds: one that begins again later raises a new alert.</summary>
    /// <param name="kinds">What the names of these conditions begin with, up to a slash.</param>
    /// <param name="names">The conditions that hold.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task HoldOnlyAsync(IReadOnlyList<string> kinds, IReadOnlyList<string> names, CancellationToken cancellation) =>
        ExecuteAsync("delete from alert_conditions where split_part(name, '/', 1) = any($1) and name <> all($2)", cancellation,
            kinds.ToArray(), names.ToArray());

    /// <summary>How far something was read; the beginning when it was never read.</summary>
    public async Task<long> PositionAsync(string name, long beginning, CancellationToken cancellation)
    {
        await using var command = Command("insert into alert_progress (name, position) values ($1, $2) on conflict (name) do update set "
            + "position = alert_progress.position returning position", name, beginning);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Notes how far something was read.</summary>
    public Task MoveAsync(string name, long position, CancellationToken cancellation) =>
        ExecuteAsync("update alert_progress set position = greatest(position, $2) where name = $1", cancellation, name, position);

    // Only the claim's holder ends it: a process whose claim was taken over changes nothing.
    private Task<int> EndAsync(AlertDelivery delivery, string state, string? reason, TimeSpan after,
        CancellationToken cancellation) => ExecuteAsync(
        "update alert_deliveries set state = $3, reason = $4, due_at = now() + $5 where key = $1 and channel = $2 and state = 'sending' "
        + "and attempts = $6", cancellation,
        delivery.Key, delivery.Channel, state, (object?)reason ?? DBNull.Value, after, delivery.Attempts);

    private async Task<int> ExecuteAsync(string sql, CancellationToken cancellation, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }
}
