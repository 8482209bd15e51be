using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>The events of an account, read without the trades between them.</summary>
internal static class AccountStream
{
    /// <summary>All events, or those behind one version and up to another, in order.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> ReadAsync(JournalRun run, string account, long? upTo = null, long after = 0)
    {
        var stream = Portfolio.StreamId(account);
        var total = upTo ?? await StreamReading.VersionAsync(run.Database, stream, run.Cancellation);
        return await CommandProgress.RunAsync("events", total - after, run.Json, async progress =>
        {
            var events = new List<StoredEvent>();
            await foreach (var stored in StreamReading.ReadAsync(run.Database, stream, after, total, run.Cancellation))
            {
                events.Add(stored);
                progress.Report(events.Count);
            }
            return events;
        });
    }

    /// <summary>The account as it was at a time, and what its clocks say.</summary>
    /// <exception cref="CommandException">It had not been opened.</exception>
    public static async Task<(Portfolio State, StreamAt At)> AtAsync(JournalRun run, string account, DateTimeOffset time)
    {
        var stream = Portfolio.StreamId(account);
        var at = await StreamReading.AtAsync(run.Database, stream, time, run.Cancellation);
        // With the key of writers from the last statement before it, and else from the first event.
        var key = await WriterKeys.KeyAsync(run.Settings, SecretStores.Store(run.Settings, TimeProvider.System), creates: false,
            run.Cancellation);
        var stated = await StatedAccounts.FindAsync(run.Database, key, stream, at.Version, run.Cancellation);
        var events = await ReadAsync(run, account, at.Version, stated?.Version ?? 0);
        return (events.Aggregate(stated?.State, (state, stored) => Portfolio.Evolve(state, (IAccountEvent)stored.Event()))
            ?? throw new CommandException($"the account {account} had not been opened at {Words.Time(time)} UTC"), at);
    }
}
