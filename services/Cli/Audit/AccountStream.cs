using Npgsql;
using Trading.Core;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>The events of an account, read without the trades between them.</summary>
internal static class AccountStream
{
    /// <summary>The events written until a time, in order.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> ReadAsync(AuditRun run, string account, DateTimeOffset? until = null)
    {
        await using var count = Of("count(*)", "");
        var total = (long)(await count.ExecuteScalarAsync(run.Cancellation))!;
        return await AuditProgress.RunAsync("events", total, run.Json, async progress =>
        {
            await using var command = Of(JournalReader.Columns, " order by version");
            await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
            var events = new List<StoredEvent>();
            while (await reader.ReadAsync(run.Cancellation))
            {
                events.Add(JournalReader.Row(reader));
                progress.Report(events.Count);
            }
            return events;
        });

        NpgsqlCommand Of(string what, string order)
        {
            var command = run.Database.CreateCommand($"select {what} from mt_events where stream_id = $1 and timestamp <= $2{order}");
            command.Parameters.Add(new NpgsqlParameter { Value = Portfolio.StreamId(account) });
            command.Parameters.Add(new NpgsqlParameter { Value = (until ?? DateTimeOffset.MaxValue).UtcDateTime });
            return command;
        }
    }

    /// <summary>The account as it was at a time.</summary>
    /// <exception cref="AuditException">It had not been opened.</exception>
    public static async Task<(Portfolio State, long Version)> AtAsync(AuditRun run, string account, DateTimeOffset time)
    {
        var events = await ReadAsync(run, account, time);
        return (events.Aggregate(default(Portfolio), (state, stored) => Portfolio.Evolve(state, (IAccountEvent)stored.Event()))
            ?? throw new AuditException($"the account {account} had not been opened at {Words.Time(time)} UTC"), events.Count);
    }
}
