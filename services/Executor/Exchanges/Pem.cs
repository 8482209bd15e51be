using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Trading.Services.Exchanges;

/// <summary>Reads private keys from PEM, and signs with Ed25519, which the framework has not.</summary>
internal static class Pem
{
    /// <summary>What a text holds, in words and without the key.</summary>
    public static string Kind(string text)
    {
        text = text.Replace("\\n", "\n", StringComparison.Ordinal);
        return PemEncoding.TryFind(text, out var fields) ? $"PEM of the kind {text[fields.Label]}" : "no readable PEM";
    }

    /// <summary>What kind of key it is, in words.</summary>
    public static string Kind(AsymmetricKeyParameter key) => key switch
    {
        Ed25519PrivateKeyParameters => "an Ed25519 key",
        RsaKeyParameters => "an RSA key",
        ECPrivateKeyParameters ec => $"an EC key of {ec.Parameters.N.BitLength} bits",
        _ => $"a key of the kind {key.GetType().Name}",
    };

    /// <summary>The bytes of the first block of a label.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static byte[] Read(string text, string label)
    {
        text = text.Replace("\\n", "\n", StringComparison.Ordinal);
        var fields = PemEncoding.Find(text);
        return text[fields.Label] == label
            ? Convert.FromBase64String(text[fields.Base64Data]) : throw new ArgumentException($"not a {label}", nameof(text));
    }

    /// <summary>The Ed25519 signature of some bytes (RFC 8032).</summary>
    public static byte[] Sign(Ed25519PrivateKeyParameters key, byte[] bytes)
    {
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, key);
        signer.BlockUpdate(bytes, 0, bytes.Length);
        return signer.GenerateSignature();
    }
}
