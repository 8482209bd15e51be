using Trading.Journal;

namespace Trading.Hosting;

/// <summary>What settings say about sealing.</summary>
public static class Seals
{
    /// <summary>The key that seals. A private journal gets one at its first start; any other is given one, the same to all replicas.</summary>
    /// <exception cref="SealKeyException">There is none, or it cannot be used.</exception>
    /// <exception cref="SecretException">Its secret cannot be had.</exception>
    public static async Task<SealKey> KeyAsync(TradingSettings settings, ISecretStore secrets, CancellationToken cancellation) => settings switch
    {
        { SealKeySecret: { } name } => SealKey.Parse((await secrets.GetAsync(name, cancellation)).Trim(), $"the secret {name}"),
        { SealKey: { } text } => SealKey.Parse(text, "Trading:SealKey"),
        { Journal: not JournalKind.Postgres } => SealKey.LoadOrCreate(KeyFile(settings)!),
        { SealKeyFile: { } file } => SealKey.Load(file),
        _ => throw new SealKeyException(
            "sealing a journal that is not private to this machine needs a key of its own: Trading:SealKeyFile (trading audit key makes one), Trading:SealKeySecret or Trading:SealKey; Trading:SealIntervalSeconds=0 leaves it unsealed"),
    };

    /// <summary>The public half of the key, for whoever may read it; null where there is none.</summary>
    /// <exception cref="SealKeyException">It cannot be used.</exception>
    /// <exception cref="SecretException">Its secret cannot be had.</exception>
    public static async Task<VerifierKey?> PublicKeyAsync(TradingSettings settings, ISecretStore secrets, CancellationToken cancellation) => settings switch
    {
        { SealKeySecret: not null } => (await KeyAsync(settings, secrets, cancellation)).Public,
        { SealKey: { } text } => SealKey.Parse(text, "Trading:SealKey").Public,
        _ when KeyFile(settings) is { } file && File.Exists(SealKey.PublicFile(file)) => VerifierKey.Read(SealKey.PublicFile(file)),
        _ when KeyFile(settings) is { } file && File.Exists(file) => SealKey.Load(file).Public,
        _ => null,
    };

    /// <summary>The key's file; null where there is none.</summary>
    public static string? KeyFile(TradingSettings settings) =>
        settings.SealKeyFile ?? (settings.Journal == JournalKind.Postgres || settings.SealKeySecret is not null ? null : SealKey.DefaultFile(settings.JournalFolder));
}
