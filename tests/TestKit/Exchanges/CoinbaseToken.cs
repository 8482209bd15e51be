using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.TestKit.Exchanges;

/// <summary>Checks the tokens of requests: signature, header and claims.</summary>
/// <param name="apiKey">The key's name.</param>
/// <param name="publicKey">The key's public half in PEM.</param>
internal sealed class CoinbaseToken(string apiKey, string publicKey)
{
    /// <summary>What is wrong with the token of a request; null for nothing.</summary>
    public string? Wrong(HttpContext context, DateTimeOffset at, byte[]? ed25519Public)
    {
        var parts = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal).Split('.');
        if (parts.Length != 3)
            return "no token";
        var (signed, signature) = (Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]));
        using var key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        if (ed25519Public is { } known ? !Ed25519.Verify(signature, 0, known, 0, signed, 0, signed.Length)
            : !key.VerifyData(signed, signature, HashAlgorithmName.SHA256))
            return "the signature is not the key's";
        using var header = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[0]));
        using var claims = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[1]));
        var now = at.ToUnixTimeSeconds();
        return header.RootElement.GetProperty("alg").GetString() != (ed25519Public is null ? "ES256" : "EdDSA")
            || header.RootElement.GetProperty("kid").GetString() != apiKey
            || header.RootElement.GetProperty("nonce").GetString() is not { Length: > 8 }
            ? "the header is wrong"
            : claims.RootElement.GetProperty("sub").GetString() != apiKey || claims.RootElement.GetProperty("iss").GetString() != "cdp"
            ? "not this key's claims"
            : claims.RootElement.GetProperty("nbf").GetInt64() > now + 1 || claims.RootElement.GetProperty("exp").GetInt64() < now
                || claims.RootElement.GetProperty("exp").GetInt64() > now + 121
            ? "too early, too late or too long"
            : claims.RootElement.GetProperty("uri").GetString() != $"{context.Request.Method} {context.Request.Host}{context.Request.Path}"
            ? "for another request"
            : null;
    }
}
