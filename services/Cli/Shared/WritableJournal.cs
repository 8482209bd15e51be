using Trading.Hosting;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Cli.Shared;

/// <summary>A journal that a command adds an event to, under the mark of writers where there is a key.</summary>
public static class WritableJournal
{
    /// <summary>Opens it.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="settings">Where the key is.</param>
    /// <param name="who">What stands as the service in the event's headers.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<TradeJournal> OpenAsync(
        string connectionString, TradingSettings settings, string who, CancellationToken cancellation)
    {
        var journal = new TradeJournal(connectionString, new(who, typeof(WritableJournal).Assembly.GetName().Version!.ToString(3))
        {
            Key = await WriterKeys.KeyAsync(settings, SecretStores.Store(settings, TimeProvider.System), creates: false, cancellation),
        }, TimeProvider.System);
        try
        {
            await JournalServer.PrepareEventsAsync(journal, settings, cancellation);
            return journal;
        }
        catch
        {
            await journal.DisposeAsync();
            throw;
        }
    }
}
