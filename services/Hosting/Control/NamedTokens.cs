using System.Security.Cryptography;
using System.Text;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>
/// The tokens of the settings, whose values are read from the secret store for each question: a changed one holds at once.
/// </summary>
public sealed class NamedTokens(TradingSettings settings, ISecretStore secrets)
{
    private readonly List<NamedToken> _tokens =
    [
        .. settings.ControlTokens.Select(NamedToken.Parse).OfType<NamedToken>(),
        .. settings.ControlTokenSecret is { } secret ? new[] { new NamedToken(NamedToken.Unnamed, TokenRole.Operator, secret) } : [],
    ];

    /// <summary>Least characters of a token: what is shorter can be guessed.</summary>
    public const int LeastLength = 32;

    /// <summary>Whether the settings name any.</summary>
    public bool Any => _tokens.Count > 0;

    /// <summary>The token with a name; null when there is none.</summary>
    public NamedToken? Named(string name) => _tokens.Find(token => token.Name == name);

    /// <summary>The token with a value; null when no token has it.</summary>
    /// <exception cref="SecretException">No token has it, and the value of one cannot be read.</exception>
    public async Task<NamedToken?> FindAsync(string value, CancellationToken cancellation)
    {
        var given = Hash(value.Trim());
        var (found, missing) = ((NamedToken?)null, (SecretException?)null);
        foreach (var token in _tokens)
        {
            try
            {
                // Hashes have equal lengths and every token is compared, so the time reveals nothing.
                var wanted = Hash(await ValueAsync(token, cancellation));
                if (CryptographicOperations.FixedTimeEquals(given, wanted))
                    found ??= token;
            }
            catch (SecretException unreadable)
            {
                missing ??= unreadable;
            }
        }
        return found ?? (missing is null ? null : throw missing);
    }

    /// <summary>The value of a token.</summary>
    /// <exception cref="SecretException">It cannot be read or is too short.</exception>
    public async Task<string> ValueAsync(NamedToken token, CancellationToken cancellation)
    {
        var value = (await secrets.GetAsync(token.Secret, cancellation)).Trim();
        return value.Length >= LeastLength ? value : throw new SecretException(FormattableString.Invariant(
            $"the secret {token.Secret} has {value.Length} characters: a token has at least {LeastLength}, such as openssl rand -hex 32"));
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
