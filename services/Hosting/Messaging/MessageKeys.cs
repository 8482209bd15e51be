using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>One key for message MACs.</summary>
/// <param name="Id">Its name on the wire: small letters, digits, - or _.</param>
/// <param name="Key">At least 32 bytes.</param>
public sealed record MessageKey(string Id, byte[] Key);

/// <summary>
/// The keys for message MACs, from the secret that MessageKeySecret names: one key on each line as id:base64. The first signs, all verify:
/// to rotate, add the new key below, restart or wait, move it to the top, and later take the old one away.
/// </summary>
public sealed class MessageKeys(TradingSettings settings, ISecretStore secrets, TimeProvider time) : IDisposable
{
    /// <summary>Least length of a key in bytes.</summary>
    public const int LeastBytes = 32;

    // The secret is read again after this time, and when a message names a key that is not known, though not more often than that.
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile IReadOnlyList<MessageKey>? _keys;
    private long _readAt;

    /// <summary>Whether messages carry MACs.</summary>
    public bool Used => settings.MessageKeySecret is not null;

    /// <summary>The key that signs.</summary>
    /// <exception cref="SecretException">The secret cannot be read and was not read before, or is no list of keys.</exception>
    public async Task<MessageKey> SigningAsync(CancellationToken cancellation) => (await AllAsync(KeptFor, cancellation))[0];

    /// <summary>The key of a name; null when there is none.</summary>
    /// <exception cref="SecretException">The secret cannot be read and was not read before, or is no list of keys.</exception>
    public async Task<MessageKey?> FindAsync(string id, CancellationToken cancellation) =>
        (await AllAsync(KeptFor, cancellation)).FirstOrDefault(key => key.Id == id)
        ?? (await AllAsync(LeastWait, cancellation)).FirstOrDefault(key => key.Id == id);

    /// <summary>Reads the keys of a secret's text.</summary>
    /// <exception cref="SecretException">It is no list of keys; the message holds no part of it.</exception>
    public static IReadOnlyList<MessageKey> Parse(string name, string text)
    {
        var keys = new List<MessageKey>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.Split(':', 2) is not [{ Length: > 0 and <= 32 } id, var encoded]
                || !id.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_')
                || Decoded(encoded) is not { Length: >= LeastBytes } key)
                throw new SecretException(
                    $"the secret {name} must have a key on each line as id:base64 of at least {LeastBytes} bytes; "
                    + $"line {keys.Count + 1} is none");
            keys.Add(new(id, key));
        }
        return keys.Count == 0 || keys.DistinctBy(key => key.Id).Count() < keys.Count
            ? throw new SecretException($"the secret {name} must have at least one key, and each id once") : keys;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<IReadOnlyList<MessageKey>> AllAsync(TimeSpan age, CancellationToken cancellation)
    {
        if (_keys is { } fresh && time.GetElapsedTime(Volatile.Read(ref _readAt)) < age)
            return fresh;
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_keys is { } kept && time.GetElapsedTime(_readAt) < age)
                return kept;
            Volatile.Write(ref _readAt, time.GetTimestamp());
            return _keys = Parse(settings.MessageKeySecret!, await secrets.GetAsync(settings.MessageKeySecret!, cancellation));
        }
        catch (SecretException) when (_keys is not null)
        {
            // The last keys are still used: without them nothing could be sold.
            return _keys;
        }
        finally
        {
            _gate.Release();
        }
    }

    private static byte[]? Decoded(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.Trim(), bytes, out var length) ? bytes[..length] : null;
    }
}
