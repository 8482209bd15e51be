using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Trading.Services.Exchanges;

/// <summary>
/// A key that signs the requests to Coinbase: a token (JWT) for each, good for one method and path and for a short time. Its keys are
/// Ed25519 (EdDSA), as 64 bytes in base64 or in PEM, or P-256 (ES256) in PEM.
/// </summary>
public sealed class CoinbaseKey : IDisposable
{
    private const int SeedBytes = 32;

    private readonly ECDsa? _ec;
    private readonly Ed25519PrivateKeyParameters? _ed;

    /// <param name="id">The key's name, organizations/.../apiKeys/...</param>
    /// <param name="secret">The private key as Coinbase hands it out; line ends of PEM may be written as \n.</param>
    /// <exception cref="ExchangeKeyException">It is no key that Coinbase takes.</exception>
    public CoinbaseKey(string id, string secret)
    {
        Id = id;
        if (!secret.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            // Seed and public key, one after the other.
            var bytes = new byte[SeedBytes * 4];
            if (!Convert.TryFromBase64String(secret.Trim(), bytes, out var length) || length is not (2 * SeedBytes or SeedBytes))
                throw Unusable($"no PEM and no base64 of 64 bytes ({secret.Trim().Length} characters)");
            _ed = new(bytes[..SeedBytes]);
            return;
        }
        var found = Pem.Kind(secret);
        try
        {
            if (secret.Contains("-----BEGIN PRIVATE KEY", StringComparison.Ordinal))
            {
                var key = PrivateKeyFactory.CreateKey(Pem.Read(secret, "PRIVATE KEY"));
                (found, _ed) = (Pem.Kind(key), key as Ed25519PrivateKeyParameters);
            }
            if (_ed is null)
            {
                var ec = ECDsa.Create();
                ec.ImportFromPem(secret.Replace("\\n", "\n", StringComparison.Ordinal));
                (_ec, found) = (ec.KeySize == 256 ? ec : null, $"an EC key of {ec.KeySize} bits");
            }
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException or FormatException or IOException
            or InvalidOperationException)
        {
        }
        if (_ed is null && _ec is null)
            throw Unusable(found);
    }

    private static ExchangeKeyException Unusable(string found) => new(
        $"Trading:ExchangeSecret: apiSecret holds {found}; Coinbase takes an Ed25519 key (64 bytes in base64, or PEM) or an EC private key "
        + "of P-256 in PEM, as it hands them out");

    /// <summary>The key's name.</summary>
    public string Id { get; }

    /// <summary>A token for one request.</summary>
    /// <param name="method">For example GET.</param>
    /// <param name="host">Host, and port when it is not the usual one.</param>
    /// <param name="path">Path without query.</param>
    /// <param name="now">The time, by the exchange's clock.</param>
    /// <param name="lifetime">How long it is good; Coinbase takes at most two minutes.</param>
    public string Token(string method, string host, string path, DateTimeOffset now, TimeSpan lifetime)
    {
        var (algorithm, nonce) = (_ed is null ? "ES256" : "EdDSA", RandomNumberGenerator.GetHexString(32, lowercase: true));
        var header = Part($$"""{"alg":"{{algorithm}}","typ":"JWT","kid":{{Quoted(Id)}},"nonce":"{{nonce}}"}""");
        var begin = now.ToUnixTimeSeconds();
        var end = begin + (long)lifetime.TotalSeconds;
        var claims = Part(
            $$"""{"iss":"cdp","sub":{{Quoted(Id)}},"nbf":{{begin}},"exp":{{end}},"uri":{{Quoted($"{method} {host}{path}")}}}""");
        var signed = $"{header}.{claims}";
        return $"{signed}.{Base64Url(Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <inheritdoc/>
    public void Dispose() => _ec?.Dispose();

    private byte[] Sign(byte[] bytes) => _ec?.SignData(bytes, HashAlgorithmName.SHA256) ?? Pem.Sign(_ed!, bytes);

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static string Part(string json) => Base64Url(Encoding.UTF8.GetBytes(json));

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
