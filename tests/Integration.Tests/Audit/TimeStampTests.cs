using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints that an authority stamps with its time (RFC 3161): openssl behind a local address.</summary>
public sealed class TimeStampTests(SealedJournal journal) : IClassFixture<SealedJournal>, IAsyncLifetime, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-stamps-").FullName;
    private readonly HttpListener _listener = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private string _url = "";
    private Func<byte[], byte[]> _change = answer => answer;

    public async Task InitializeAsync()
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
        using (var socket = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            _url = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}/";
        }
        _listener.Prefixes.Add(_url);
        _listener.Start();
        _ = AnswerAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _listener.Close();
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task a_checkpoint_is_stamped_and_verify_says_when_and_by_whom()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        await new Sealer(database, journal.Key, TimeProvider.System).PrepareAsync(default);
        var begin = DateTimeOffset.UtcNow.AddSeconds(-1);
        await StampAsync(database, journal.Anchor);

        string[] verify = ["verify", "--public-key", $"{journal.Key.Public}"];
        var plain = await AuditProgram.RunHereAsync(connection, verify);
        Assert.Equal((0, ""), (plain.Code, plain.Errors));
        Assert.Contains($"the checkpoint of {journal.Events:N0} events was there at {begin.Year}-", plain.Output, StringComparison.Ordinal);
        Assert.Contains(", says CN=Stamps of a test", plain.Output, StringComparison.Ordinal);

        var trusted = await AuditProgram.RunHereAsync(connection, [.. verify, "--set", $"TimeStampCertificates={_folder}/tsa.pem"]);
        Assert.Equal((0, ""), (trusted.Code, trusted.Errors));
        var stranger = await AuditProgram.RunHereAsync(connection, [.. verify, "--set", $"TimeStampCertificates={_folder}/other.pem"]);
        Assert.Equal(1, stranger.Code);
        Assert.Contains("comes from none of the given ones", stranger.Output, StringComparison.Ordinal);

        await SealedJournal.ExecuteAsync(database, "update audit.timestamps set position = position - 1");
        var moved = await AuditProgram.RunHereAsync(connection, verify);
        Assert.Equal(1, moved.Code);
        Assert.Contains("it is over something else", moved.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("nonsense")]
    [InlineData("replayed")]
    public async Task an_answer_that_is_none_or_of_another_question_is_not_kept(string what)
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        await new Sealer(database, journal.Key, TimeProvider.System).PrepareAsync(default);
        var first = default(byte[]);
        _change = answer => what switch
        {
            "refused" => [],
            "nonsense" => [1, 2, 3],
            _ => first ??= answer,
        };
        if (what == "replayed")
            await StampAsync(database, journal.OlderAnchor);
        var before = await SealedJournal.ScalarAsync(database, "select count(*) from audit.timestamps");
        await StampAsync(database, journal.Anchor);
        Assert.Equal(before, await SealedJournal.ScalarAsync(database, "select count(*) from audit.timestamps"));
    }

    private async Task StampAsync(Npgsql.NpgsqlDataSource database, SignedCheckpoint checkpoint)
    {
        using var stamping = new TimeStamping(database, new TradingSettings { TimeStampUrl = _url, WitnessTimeoutSeconds = 60 },
            new TradingMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), NullLogger.Instance);
        await stamping.StampAsync(checkpoint, default);
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
            var answer = _change(await File.ReadAllBytesAsync(reply));
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
