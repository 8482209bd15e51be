using System.Collections.Concurrent;
using Npgsql;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Tables;

/// <summary>What a model may cost in a UTC day, all replicas together.</summary>
/// <param name="CallsPerDay">Most calls, retries included.</param>
/// <param name="TokensPerDay">Most tokens, read and written together; the call that passes the limit is still answered.</param>
public sealed record ModelBudget(int CallsPerDay, long TokensPerDay);

/// <summary>
/// Calls of paid models today, counted in the journal's database: a restart forgets nothing, and replicas share one budget. A call is
/// counted before it is made, its tokens when they are known.
/// </summary>
/// <param name="journal">Where it is counted.</param>
/// <param name="clock">Clock for the provider's billing day.</param>
public sealed class ModelSpending(TradeJournal journal, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, long> _uncounted = new();
    private volatile bool _prepared;

    internal static NeededTables Needed { get; } = new(
        "model_spending", ["model_spending"],
        "create table if not exists model_spending (day date not null, model text not null, calls integer not null, "
        + "tokens bigint not null, primary key (day, model))");

    /// <summary>Counts one more call.</summary>
    /// <returns>Null when the call may be made, else why not.</returns>
    public async Task<string?> CountCallAsync(string model, ModelBudget budget, CancellationToken cancellation)
    {
        try
        {
            await PrepareAsync(cancellation);
            // By themselves: they are spent also when this call is not made.
            if (_uncounted.TryRemove(model, out var tokens))
                await AddTokensAsync(model, tokens, cancellation);
            await using var command = Command(
                """
                insert into model_spending as spent (day, model, calls, tokens) values ($1, $2, 1, 0)
                on conflict (day, model) do update set calls = spent.calls + 1
                where spent.calls < $3 and spent.tokens < $4
                returning calls
                """, Today(), model, budget.CallsPerDay, budget.TokensPerDay);
            return await command.ExecuteScalarAsync(cancellation) is null ? FormattableString.Invariant($"not asked: the day's budget of ")
                + FormattableString.Invariant($"{budget.CallsPerDay} calls and {budget.TokensPerDay} tokens is used up") : null;
        }
        catch (NpgsqlException unreachable)
        {
            return $"not asked: its budget cannot be read: {unreachable.Message}";
        }
    }

    /// <summary>Counts the tokens of an answer. What cannot be written now is written with the next call.</summary>
    public async Task CountTokensAsync(string model, long tokens, CancellationToken cancellation)
    {
        try
        {
            await AddTokensAsync(model, tokens, cancellation);
        }
        catch (Exception unwritten) when (unwritten is NpgsqlException or OperationCanceledException)
        {
            // The next call counts them.
        }
    }

    /// <summary>Today's calls and tokens.</summary>
    public async Task<(int Calls, long Tokens)> TodayAsync(string model, CancellationToken cancellation)
    {
        await PrepareAsync(cancellation);
        await using var command = Command("select calls, tokens from model_spending where day = $1 and model = $2", Today(), model);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? (reader.GetInt32(0), reader.GetInt64(1)) : (0, 0);
    }

    /// <summary>The calls of a day by model; empty where nothing was ever counted.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> CallsAsync(
        NpgsqlDataSource database, DateOnly day, CancellationToken cancellation)
    {
        var calls = new Dictionary<string, int>();
        if (!await database.HasTablesAsync(cancellation, "model_spending"))
            return calls;
        await using var command = database.CreateCommand("select model, calls from model_spending where day = $1");
        command.Parameters.Add(new() { Value = day });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            calls[reader.GetString(0)] = reader.GetInt32(1);
        return calls;
    }

    // An answer that comes after midnight is the first of its day.
    private async Task AddTokensAsync(string model, long tokens, CancellationToken cancellation)
    {
        var written = false;
        try
        {
            await using var command = Command(
                """
                insert into model_spending as spent (day, model, calls, tokens) values ($1, $2, 0, $3)
                on conflict (day, model) do update set tokens = spent.tokens + $3
                """, Today(), model, tokens);
            await command.ExecuteNonQueryAsync(cancellation);
            written = true;
        }
        finally
        {
            if (!written)
                _uncounted.AddOrUpdate(model, tokens, (_, earlier) => earlier + tokens);
        }
    }

    private DateOnly Today() => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private NpgsqlCommand Command(string text, params ReadOnlySpan<object> values)
    {
        var command = journal.Database.CreateCommand(text);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        if (_prepared)
            return;
        await TableSetup.CreateAsync(journal.Database, Needed, cancellation);
        _prepared = true;
    }
}
