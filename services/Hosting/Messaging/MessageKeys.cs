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
    private volatile Known? _known;

    /// <summary>Whether messages carry MACs.</summary>
    public bool Used => settings.MessageKeySecret is not null;

    /// <summary>The key that signs.</summary>
    /// <exception cref="SecretException">The secret cannot be read and was not read before, or is no list of keys.</exception>
    public async Task<MessageKey> SigningAsync(CancellationToken cancellation) => (await KnownAsync(cancellation)).Keys[0];

    /// <summary>The key of a name; null when there is none.</summary>
    /// <exception cref="SecretException">
    /// The secret cannot be read and was not read before, or is no list of keys; or the key is not among those that were read before, and
    /// may be a new one.
    /// </exception>
    public async Task<MessageKey?> FindAsync(string id, CancellationToken cancellation)
    {
        if ((await KnownAsync(cancellation)).Of(id) is { } known)
            return known;
        // There is no such key only when a read says so that began just now: while another reads, or fails, it may be a new one.
        var newest = await ReadAsync(LeastWait, cancellation);
        return newest.Of(id) ?? (newest.Failure is null ? null
            : throw new SecretException($"whether {id} is a key of messages is not known: {newest.Failure}"));
    }

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

    // What is known goes on being used while another caller reads: a slow store keeps no message back.
    private async Task<Known> KnownAsync(CancellationToken cancellation) =>
        _known is { } kept && (_gate.CurrentCount == 0 || IsNewer(kept, KeptFor)) ? kept : await ReadAsync(KeptFor, cancellation);

    private async Task<Known> ReadAsync(TimeSpan age, CancellationToken cancellation)
    {
        var came = time.GetTimestamp();
        await _gate.WaitAsync(cancellation);
        try
        {
            // One read that began after they came is enough for all who wait, however long it took.
            if (_known is { } kept && (IsNewer(kept, age) || kept.TriedAt > came))
                return kept;
            var triedAt = time.GetTimestamp();
            try
            {
                return _known = new(Parse(settings.MessageKeySecret!, await secrets.GetAsync(settings.MessageKeySecret!, cancellation)),
                    triedAt, null);
            }
            catch (SecretException failed) when (_known is { } last)
            {
                // The last keys are still used: without them nothing could be sold.
                return _known = last with { TriedAt = triedAt, Failure = failed.Message };
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool IsNewer(Known known, TimeSpan age) => time.GetElapsedTime(known.TriedAt) < age;

    private static byte[]? Decoded(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.Trim(), bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>The keys that were read last.</summary>
    /// <param name="Keys">The keys.</param>
    /// <param name="TriedAt">When the last try to read them began.</param>
    /// <param name="Failure">Why that failed; null when it did not.</param>
    private sealed record Known(IReadOnlyList<MessageKey> Keys, long TriedAt, string? Failure)
    {
        public MessageKey? Of(string id) => Keys.FirstOrDefault(key => key.Id == id);
    }
}
