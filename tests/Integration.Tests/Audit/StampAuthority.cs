using System.Diagnostics;
using System.Net;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>An authority that stamps with its time (RFC 3161): openssl behind a local address, with a folder of its own.</summary>
internal sealed class StampAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-stamps-").FullName;
    private readonly HttpListener _listener = new();

    private StampAuthority()
    {
        Url = $"http://127.0.0.1:{FreePort.Next()}/";
        _listener.Prefixes.Add(Url);
        _listener.Start();
    }

    public string Url { get; }

    /// <summary>Its certificate.</summary>
    public string Certificate => Path.Combine(_folder, "tsa.pem");

    /// <summary>The certificate of one that stamps nothing.</summary>
    public string Other => Path.Combine(_folder, "other.pem");

    /// <summary>What becomes of its answers; an empty one is none.</summary>
    public Func<byte[], byte[]> Change { get; set; } = answer => answer;

    public static async Task<StampAuthority> StartAsync()
    {
        var authority = new StampAuthority();
        await authority.MakeAsync();
        _ = authority.AnswerAsync();
        return authority;
    }

    public void Dispose()
    {
        _listener.Close();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task MakeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "tsa.cnf"), """
            [tsa]
            default_tsa = one
            [one]
            serial = serial
            crypto_device = builtin
            signer_cert = tsa.pem
            signer_key = tsa.key
            signer_digest = sha256
            default_policy = 1.2.3.4.1
            digests = sha256
            ess_cert_id_alg = sha256
            [ext]
            extendedKeyUsage = critical,timeStamping
            keyUsage = critical,digitalSignature
            [req]
            distinguished_name = dn
            [dn]
            """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "serial"), "01");
        await OpenSslAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Stamps of a test", "-days", "30", "-config",
            "tsa.cnf", "-extensions", "ext", "-keyout", "tsa.key", "-out", "tsa.pem");
        await OpenSslAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Another", "-days", "30", "-config", "tsa.cnf",
            "-extensions", "ext", "-keyout", "other.key", "-out", "other.pem");
    }

    private async Task AnswerAsync()
    {
        while (true)
        {
            HttpListenerContext asked;
            try
            {
                asked = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            var (query, reply) = (Path.Combine(_folder, "query.tsq"), Path.Combine(_folder, "reply.tsr"));
            await using (var file = File.Create(query))
                await asked.Request.InputStream.CopyToAsync(file);
            await OpenSslAsync("ts", "-reply", "-config", "tsa.cnf", "-queryfile", query, "-out", reply);
            var answer = Change(await File.ReadAllBytesAsync(reply));
            asked.Response.StatusCode = answer.Length == 0 ? 503 : 200;
            asked.Response.ContentType = "application/timestamp-reply";
            await asked.Response.OutputStream.WriteAsync(answer);
            asked.Response.Close();
        }
    }

    private async Task OpenSslAsync(params string[] arguments)
    {
        using var program = Process.Start(new ProcessStartInfo("openssl", arguments)
        { WorkingDirectory = _folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        var (errors, output) = (program.StandardError.ReadToEndAsync(limit.Token), program.StandardOutput.ReadToEndAsync(limit.Token));
        await program.WaitForExitAsync(limit.Token);
        Assert.True(program.ExitCode == 0, $"{await errors}{await output}");
    }
}
