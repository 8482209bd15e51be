using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Trading.Hosting.Settings;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Pages over TLS with a certificate of the settings.</summary>
public sealed class TlsTests : SerialTest
{
    [Fact]
    public async Task pages_come_with_the_certificate_of_the_settings_and_a_renewed_one_holds_at_once()
    {
        var (certificate, key) = (Path.Combine(Folder, "tls.crt"), Path.Combine(Folder, "tls.key"));
        Write(certificate, key, "first.example");
        await using var host = await DashboardHost.StartAsync(DashboardHost.WithTokens(Folder) with
        { HttpCertificateFile = certificate, HttpCertificateKeyFile = key }, await PostgresServer.CreateDatabaseAsync());

        Assert.Equal("https", host.Address.Scheme);
        Assert.Equal(("CN=first.example", true), await AskAsync(host.Address));
        Write(certificate, key, "second.example");
        File.SetLastWriteTimeUtc(certificate, DateTime.UnixEpoch);
        Assert.Equal(("CN=second.example", true), await AskAsync(host.Address));
        // A key that does not fit: the pair before is kept.
        File.WriteAllText(key, "no key");
        Assert.Equal(("CN=second.example", true), await AskAsync(host.Address));
    }

    [Fact]
    public async Task a_certificate_that_cannot_be_used_ends_the_start_with_one_line()
    {
        var (certificate, key) = (Path.Combine(Folder, "tls.crt"), Path.Combine(Folder, "tls.key"));
        Write(certificate, key, "first.example");
        ControlHost.Permit(key, UnixFileMode.OtherRead);
        var settings = DashboardHost.WithTokens(Folder) with { HttpCertificateFile = certificate, HttpCertificateKeyFile = key };

        var refused = await Assert.ThrowsAsync<StartException>(async () =>
            await DashboardHost.StartAsync(settings, await PostgresServer.CreateDatabaseAsync()));
        Assert.Contains("can be read by others", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Trading:HttpCertificateKeyFile must be given with Trading:HttpCertificateFile and only then",
            (InProcessSystem.Told with { HttpCertificateKeyFile = key }).Validate().Single(), StringComparison.Ordinal);
    }

    private static async Task<(string Subject, bool Strict)> AskAsync(Uri address)
    {
        var subject = "";
        using var way = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) => (subject = shown!.Subject).Length > 0,
            },
        };
        using var http = new HttpClient(way);
        using var answer = await http.GetAsync(new Uri(address, "/login"));
        return (subject, answer.Headers.Contains("Strict-Transport-Security"));
    }

    private static void Write(string certificateFile, string keyFile, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        ControlHost.Permit(keyFile);
        File.WriteAllText(certificateFile, made.ExportCertificatePem());
    }
}
