using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Trading.Services.Exchanges;

/// <summary>
/// A key that signs the requests to Binance: HMAC-SHA256 over a shared secret, or Ed25519 or RSA with a private key in PEM.
/// </summary>
public sealed class BinanceKey : IDisposable
{
    private readonly byte[]? _secret;
    private readonly Ed25519PrivateKeyParameters? _private;
    private readonly RSA? _rsa;

    /// <param name="id">The API key, which names it.</param>
    /// <param name="secret">The shared secret, or the private key as PKCS #8 in PEM.</param>
    /// <exception cref="ExchangeKeyException">The PEM holds no key that Binance takes.</exception>
    public BinanceKey(string id, string secret)
    {
        Id = id;
        if (!secret.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            _secret = Encoding.ASCII.GetBytes(secret.Trim());
            return;
        }
        var found = Pem.Kind(secret);
        try
        {
            var key = PrivateKeyFactory.CreateKey(Pem.Read(secret, "PRIVATE KEY"));
            found = Pem.Kind(key);
            _private = key as Ed25519PrivateKeyParameters;
            if (key is RsaKeyParameters)
            {
                _rsa = RSA.Create();
                _rsa.ImportFromPem(secret.Replace("\\n", "\n", StringComparison.Ordinal));
            }
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or IOException or InvalidOperationException or FormatException
            or CryptographicException)
        {
        }
        if (_private is null && _rsa is null)
            throw new ExchangeKeyException($"Trading:ExchangeSecret: apiSecret holds {found}; Binance takes an Ed25519 or RSA private key "
                + "in PEM (PKCS #8, BEGIN PRIVATE KEY), or the secret of an HMAC key as it is");
    }

    /// <summary>The API key.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public void Dispose() => _rsa?.Dispose();

    /// <summary>Signs the parameters of a request as they are sent; the signature as a parameter's value.</summary>
    public string Sign(string parameters)
    {
        var bytes = Encoding.ASCII.GetBytes(parameters);
        if (_secret is not null)
            return Convert.ToHexStringLower(HMACSHA256.HashData(_secret, bytes));
        // RSASSA-PKCS1-v1_5 with SHA-256, as request-security of the REST API describes it.
        if (_rsa is not null)
            return Uri.EscapeDataString(Convert.ToBase64String(_rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        return Uri.EscapeDataString(Convert.ToBase64String(Pem.Sign(_private!, bytes)));
    }
}
