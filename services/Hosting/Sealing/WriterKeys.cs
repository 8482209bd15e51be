using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.LocalServers;

namespace Trading.Hosting.Sealing;

/// <summary>The key with which programs mark the events that they write.</summary>
public static class WriterKeys
{
    /// <summary>The key that the settings name; null where none is named and none lies in a private journal's folder.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="secrets">Where secrets are.</param>
    /// <param name="creates">Whether one is made for a private journal that has none.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SealKeyException">It cannot be used.</exception>
    /// <exception cref="SecretException">Its secret cannot be read.</exception>
    public static async Task<WriterKey?> KeyAsync(
        TradingSettings settings, ISecretStore secrets, bool creates, CancellationToken cancellation)
    {
        if (settings.WriterKeySecret is { } name)
            return WriterKey.Parse((await secrets.GetAsync(name, cancellation)).Trim(), $"the secret {name}");
        if (settings.WriterKeyFile is { } given)
            return WriterKey.Load(given);
        if (settings.Journal == JournalKind.Postgres)
            return null;
        var file = Path.Combine(Path.GetFullPath(settings.JournalFolder ?? LocalPostgres.DefaultFolder("postgres")), "writer.key");
        return creates ? WriterKey.LoadOrCreate(file) : File.Exists(file) ? WriterKey.Load(file) : null;
    }
}
