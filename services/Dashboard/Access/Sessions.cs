using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Dashboard.Access;

/// <summary>
/// Logins, kept in a signed cookie and nowhere else: each replica knows them, a restart keeps them, and a changed or removed token ends
/// them. The signature's key comes from the token's value.
/// </summary>
public sealed class Sessions
{
    /// <summary>The role of a login by the address that the program prints: its user may do everything on this machine anyway.</summary>
    public static readonly NamedToken Local = new("local", TokenRole.Operator, "local");

    private const string Version = "1";
    private const int NonceBytes = 16;
    private readonly NamedTokens _tokens;
    private readonly LocalKey _local;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _lasts;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new();
    private string? _oneTime;

    /// <summary>Logins under the tokens of the settings.</summary>
    public Sessions(NamedTokens tokens, LocalKey local, TradingSettings settings, TimeProvider clock)
    {
        (_tokens, _local, _clock) = (tokens, local, clock);
        _lasts = TimeSpan.FromHours(settings.DashboardSessionHours);
        // Cookies do not tell ports apart: programs on one machine get cookies of different names.
        CookieName = $"trading-{Convert.ToHexStringLower(SHA256.HashData(local.Bytes))[..8]}";
    }

    /// <summary>Name of the cookie.</summary>
    public string CookieName { get; }

    /// <summary>How long a login lasts.</summary>
    public TimeSpan Lasts => _lasts;

    /// <summary>The token that logs in once was used.</summary>
    public event Action? Used;

    /// <summary>Makes the token that logs in once; the one before is void.</summary>
    public string NewOneTimeToken() => _oneTime = Random(24);

    /// <summary>Uses up the token that logs in once.</summary>
    public bool UseOneTimeToken(string given)
    {
        var wanted = _oneTime;
        if (wanted is null || !CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))
            || Interlocked.CompareExchange(ref _oneTime, null, wanted) != wanted)
            return false;
        Used?.Invoke();
        return true;
    }

    /// <summary>The cookie of a new login.</summary>
    public async Task<string> BeginAsync(NamedToken token, CancellationToken cancellation)
    {
        var expires = (_clock.GetUtcNow() + _lasts).ToUnixTimeSeconds();
        var said = string.Create(CultureInfo.InvariantCulture, $"{Version}~{token.Name}~{expires}~{Random(NonceBytes)}");
        return $"{said}~{Sign(await KeyAsync(token, cancellation), said)}";
    }

    /// <summary>The caller with a cookie; null when it is forged, over, or its token is gone.</summary>
    public async Task<Caller?> FindAsync(string cookie, CancellationToken cancellation)
    {
        if (cookie.Length > 512 || cookie.Split('~') is not [Version, var name, var until, var nonce, var signature]
            || !long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return null;
        var expires = DateTimeOffset.FromUnixTimeSeconds(seconds);
        if (expires <= _clock.GetUtcNow() || _ended.ContainsKey(nonce)
            || (name == Local.Name ? Local : _tokens.Named(name)) is not { } token)
            return null;
        try
        {
            var key = await KeyAsync(token, cancellation);
            var wanted = Encoding.ASCII.GetBytes(Sign(key, cookie[..cookie.LastIndexOf('~')]));
            return CryptographicOperations.FixedTimeEquals(wanted, Encoding.UTF8.GetBytes(signature))
                ? new(token, Sign(key, $"csrf~{nonce}"), nonce, expires) : null;
        }
        catch (SecretException)
        {
            return null;
        }
    }

    /// <summary>Ends a login before its time.</summary>
    public void End(Caller caller)
    {
        var now = _clock.GetUtcNow();
        foreach (var (nonce, _) in _ended.Where(entry => entry.Value <= now))
            _ended.TryRemove(nonce, out _);
        if (caller is { Nonce: { } login, Expires: { } expires })
            _ended[login] = expires;
    }

    private async Task<byte[]> KeyAsync(NamedToken token, CancellationToken cancellation)
    {
        if (token == Local)
            return _local.Bytes;
        var value = await _tokens.ValueAsync(token, cancellation);
        return HMACSHA256.HashData("trading dashboard login"u8, Encoding.UTF8.GetBytes(value));
    }

    private static string Sign(byte[] key, string said) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(said)));

    private static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
}
