using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.LocalServers;

namespace Trading.Hosting.Sealing;

/// <summary>The sealing key that the settings name.</summary>
public static class SealKeys
{
    /// <summary>
    /// The sealing key. A private journal creates one at its first start; any other needs a given one, the same for all replicas.
    /// </summary>
    /// <exception cref="SealKeyException">There is no key, or it cannot be used.</exception>
    /// <exception cref="SecretException">Its secret cannot be read.</exception>
    public static async Task<SealKey> KeyAsync(TradingSettings settings, ISecretStore secrets, CancellationToken cancellation) =>
        settings switch
        {
            { SealKeySecret: { } name } => SealKey.Parse((await secrets.GetAsync(name, cancellation)).Trim(), $"the secret {name}"),
            { SealKey: { } text } => SealKey.Parse(text, "Trading:SealKey"),
            { Journal: not JournalKind.Postgres } => SealKey.LoadOrCreate(KeyFile(settings)!),
            { SealKeyFile: { } file } => SealKey.Load(file),
            _ => throw new SealKeyException(NoKey),
        };

    private const string NoKey =
        "sealing a journal that is not private to this machine needs a key of its own: Trading:SealKeyFile (trading audit key makes one), "
        + "Trading:SealKeySecret or Trading:SealKey; Trading:SealIntervalSeconds=0 leaves it unsealed";

    /// <summary>Why the journal cannot be sealed with these settings; null when the settings show no reason.</summary>
    public static string? Violation(TradingSettings settings)
    {
        // Secret stores, and the file that a private journal creates, are read later, when the journal exists.
        if (settings is { SealIntervalSeconds: 0 } or { SealKeySecret: not null } or { SealKey: null, Journal: not JournalKind.Postgres })
            return null;
        try
        {
            _ = settings switch
            {
                { SealKey: { } text } => SealKey.Parse(text, "Trading:SealKey"),
                { SealKeyFile: { } file } => SealKey.Load(file),
                _ => throw new SealKeyException(NoKey),
            };
            return null;
        }
        catch (Exception wrong) when (wrong is SealKeyException or IOException or UnauthorizedAccessException)
        {
            return wrong.Message;
        }
    }

    /// <summary>The public half of the key; null when there is none.</summary>
    /// <exception cref="SealKeyException">It cannot be used.</exception>
    /// <exception cref="SecretException">Its secret cannot be read.</exception>
    public static async Task<VerifierKey?> PublicKeyAsync(TradingSettings settings, ISecretStore secrets, CancellationToken cancellation) =>
        settings switch
        {
            { SealKeySecret: not null } => (await KeyAsync(settings, secrets, cancellation)).Public,
            { SealKey: { } text } => SealKey.Parse(text, "Trading:SealKey").Public,
            _ when KeyFile(settings) is { } file && File.Exists(SealKey.PublicFile(file)) => VerifierKey.Read(SealKey.PublicFile(file)),
            _ when KeyFile(settings) is { } file && File.Exists(file) => SealKey.Load(file).Public,
            _ => null,
        };

    /// <summary>The key's file; null when there is none.</summary>
    public static string? KeyFile(TradingSettings settings) =>
        settings.SealKeyFile
        ?? (settings.Journal == JournalKind.Postgres || settings.SealKeySecret is not null ? null : DefaultKeyFile(settings.JournalFolder));

    /// <summary>The key of a private journal, when no file is named: in the journal's folder.</summary>
    /// <param name="journalFolder">The journal's folder; null for the usual one.</param>
    public static string DefaultKeyFile(string? journalFolder) =>
        Path.Combine(Path.GetFullPath(journalFolder ?? LocalPostgres.DefaultFolder("postgres")), "seal.key");
}
