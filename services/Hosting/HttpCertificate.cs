using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Hosting;

/// <summary>The certificate of the settings, read again when its files change: a renewed one needs no restart.</summary>
/// <param name="certificateFile">The certificate and what it was issued by (PEM).</param>
/// <param name="keyFile">Its private key (PEM).</param>
public sealed class HttpCertificate(string certificateFile, string keyFile)
{
    private readonly Lock _lock = new();
    private Loaded? _known;

    /// <summary>The certificate that the settings name, which can be read now; null where they name none.</summary>
    /// <exception cref="StartException">It cannot be read.</exception>
    public static HttpCertificate? Of(TradingSettings settings)
    {
        if (settings is not { HttpCertificateFile: { } file, HttpCertificateKeyFile: { } key })
            return null;
        var certificate = new HttpCertificate(file, key);
        try
        {
            certificate._known = certificate.Read();
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable))
        {
            throw new StartException($"the certificate {file} with the key {key} cannot be used: {unreadable.Message}");
        }
        return certificate;
    }

    /// <summary>Gives it to a server.</summary>
    public void Use(HttpsConnectionAdapterOptions https)
    {
        https.ServerCertificate = Now().Context.TargetCertificate;
        https.OnAuthenticate = (_, tls) => tls.ServerCertificateContext = Now().Context;
    }

    // A pair of files that is being replaced does not fit together for a moment: then the one before is used.
    private Loaded Now()
    {
        lock (_lock)
        {
            try
            {
                if (_known is null || _known.Written != Written())
                    _known = Read();
            }
            catch (Exception unreadable) when (_known is not null && IsUnreadable(unreadable))
            {
            }
            return _known!;
        }
    }

    private Loaded Read()
    {
        var written = Written();
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        using var read = X509Certificate2.CreateFromPem(File.ReadAllText(certificateFile), OwnersFile.Read(keyFile, "key file"));
        // Through PKCS #12: TLS on Windows takes no key that was only read from text.
        var certificate = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        return new(SslStreamCertificateContext.Create(certificate, chain, offline: true), written);
    }

    private (DateTime, DateTime) Written() => (File.GetLastWriteTimeUtc(certificateFile), File.GetLastWriteTimeUtc(keyFile));

    private static bool IsUnreadable(Exception failure) =>
        failure is CryptographicException or IOException or UnauthorizedAccessException or SecretException or ArgumentException;

    private sealed record Loaded(SslStreamCertificateContext Context, (DateTime, DateTime) Written);
}
