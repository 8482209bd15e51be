using System.Security.Cryptography;
using Trading.Hosting.Secrets;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;

namespace Trading.Dashboard.Access;

/// <summary>
/// The key of logins by the address that the program prints. It lies beside a private journal, readable by its owner alone, so that a
/// login outlives a restart; elsewhere it is a new one for each start.
/// </summary>
public sealed class LocalKey
{
    private const int Size = 32;

    private LocalKey(byte[] bytes) => Bytes = bytes;

    /// <summary>The key.</summary>
    public byte[] Bytes { get; }

    /// <summary>Reads the key, or makes it.</summary>
    public static LocalKey LoadOrCreate(TradingSettings settings, ILogger log)
    {
        var made = RandomNumberGenerator.GetBytes(Size);
        if (settings.Journal == JournalKind.Postgres)
            return new(made);
        var file = Path.Combine(Path.GetDirectoryName(SealKeys.DefaultKeyFile(settings.JournalFolder))!, "dashboard.key");
        try
        {
            if (!File.Exists(file))
                SealKey.WriteOwners(file, Convert.ToBase64String(made));
            return Convert.FromBase64String(OwnersFile.Read(file, "key of the dashboard").Trim()) is { Length: Size } kept ? new(kept)
                : throw new FormatException($"the key file of the dashboard {file} holds no key");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException or SecretException)
        {
            log.LogWarning("Logins end with this program: {Reason}", failure.Message);
            return new(made);
        }
    }
}
