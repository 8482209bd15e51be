using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Trading.Services.Exchanges;

/// <summary>A key of an exchange cannot be used. The message is one line, without the secret.</summary>
public sealed class ExchangeKeyException(string message) : Exception(message);

/// <summary>A key that signs the requests to Binance: HMAC-SHA256 over a shared secret, or Ed25519 with a private key in PEM.</summary>
public sealed class BinanceKey
{
    private readonly byte[]? _secret;
    private readonly Ed25519PrivateKeyParameters? _private;

    /// <param name="id">The API key, which names it.</param>
    /// <param name="secret">The shared secret, or the private key as PKCS #8 in PEM.</param>
    /// <exception cref="ExchangeKeyException">The PEM holds no Ed25519 key.</exception>
    public BinanceKey(string id, string secret)
    {
        Id = id;
        if (!secret.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            _secret = Encoding.ASCII.GetBytes(secret.Trim());
            return;
        }
        try
        {
            _private = PrivateKeyFactory.CreateKey(Pem.Read(secret, "PRIVATE KEY")) as Ed25519PrivateKeyParameters;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or IOException or InvalidOperationException or FormatException)
        {
        }
        if (_private is null)
            throw new ExchangeKeyException("Trading:ExchangeSecret: apiSecret is PEM and holds no Ed25519 private key (PKCS #8); for HMAC give the secret itself");
    }

    /// <summary>The API key.</summary>
    public string Id { get; }

    /// <summary>Signs the parameters of a request as they are sent; the signature as a parameter's value.</summary>
    public string Sign(string parameters)
    {
        var bytes = Encoding.ASCII.GetBytes(parameters);
        if (_secret is not null)
            return Convert.ToHexStringLower(HMACSHA256.HashData(_secret, bytes));
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, _private);
        signer.BlockUpdate(bytes, 0, bytes.Length);
        return Uri.EscapeDataString(Convert.ToBase64String(signer.GenerateSignature()));
    }
}

/// <summary>A key that signs the requests to Coinbase: a token (JWT, ES256) for each, good for one method and path and for a short time.</summary>
public sealed class CoinbaseKey : IDisposable
{
    /// <summary>How long a token is good; Coinbase takes at most two minutes.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly ECDsa _private = ECDsa.Create();

    /// <param name="id">The key's name, organizations/.../apiKeys/...</param>
    /// <param name="secret">The private key in PEM, as Coinbase hands it out; line ends may be written as \n.</param>
    /// <exception cref="ExchangeKeyException">The PEM holds no P-256 key.</exception>
    public CoinbaseKey(string id, string secret)
    {
        Id = id;
        try
        {
            _private.ImportFromPem(secret.Replace("\\n", "\n", StringComparison.Ordinal));
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or CryptographicException)
        {
            throw new ExchangeKeyException("Trading:ExchangeSecret: apiSecret holds no EC private key in PEM (P-256), as Coinbase hands it out");
        }
        if (_private.KeySize != 256)
            throw new ExchangeKeyException($"Trading:ExchangeSecret: apiSecret must be a P-256 key, was one of {_private.KeySize} bits");
    }

    /// <summary>The key's name.</summary>
    public string Id { get; }

    /// <summary>A token for one request.</summary>
    /// <param name="method">For example GET.</param>
    /// <param name="host">Host, and port when it is not the usual one.</param>
    /// <param name="path">Path without query.</param>
    /// <param name="now">The time, by the exchange's clock.</param>
    public string Token(string method, string host, string path, DateTimeOffset now)
    {
        var header = Part($$"""{"alg":"ES256","typ":"JWT","kid":{{Quoted(Id)}},"nonce":"{{RandomNumberGenerator.GetHexString(32, lowercase: true)}}"}""");
        var begin = now.ToUnixTimeSeconds();
        var claims = Part($$"""{"iss":"cdp","sub":{{Quoted(Id)}},"nbf":{{begin}},"exp":{{begin + (long)Lifetime.TotalSeconds}},"uri":{{Quoted($"{method} {host}{path}")}}}""");
        var signed = $"{header}.{claims}";
        return $"{signed}.{Base64Url(_private.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    /// <inheritdoc/>
    public void Dispose() => _private.Dispose();

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static string Part(string json) => Base64Url(Encoding.UTF8.GetBytes(json));

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

/// <summary>Reads PEM.</summary>
internal static class Pem
{
    /// <summary>The bytes of the first block of a label.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static byte[] Read(string text, string label)
    {
        text = text.Replace("\\n", "\n", StringComparison.Ordinal);
        var fields = PemEncoding.Find(text);
        return text[fields.Label] == label ? Convert.FromBase64String(text[fields.Base64Data]) : throw new ArgumentException($"not a {label}", nameof(text));
    }
}
