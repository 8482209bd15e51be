using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Trading.Hosting.Audit;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>The last checkpoint of a program that stops is cosigned and kept elsewhere, whatever was asked before.</summary>
public sealed class WitnessAtStopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-stop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_program_that_stops_while_a_witness_has_not_answered_yet_has_its_last_checkpoint_cosigned_and_kept()
    {
        var connection = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync()) { Pooling = false }.ConnectionString;
        var sealing = SealKey.Create(Path.Combine(_folder, "key"));
        using var witness = new SlowWitness(Path.Combine(_folder, "witness"), sealing.Public);
        var settings = InProcessSystem.Told with
        {
            SealIntervalSeconds = 1, SealKeyFile = Path.Combine(_folder, "key"), Anchors = ["folder"],
            AnchorFolder = Path.Combine(_folder, "kept"), Witnesses = [witness.Address],
        };
        await using (var app = await InProcessSystem.BuildAsync(settings, connection, trading =>
        {
            trading.Services.AddHostedService<ProgramRecord>();
            trading.Services.PostConfigure<HostOptions>(host => host.ShutdownTimeout = HangGuard.Limit);
            trading.AddRiskManager();
            trading.AddExecutor();
        }))
        {
            await app.StartAsync();
            await witness.Asked.WaitAsync(HangGuard.Limit);
            await app.StopAsync();
        }

        await using var database = SealedJournal.Source(connection);
        var last = (await SealedTree.LastAsync(database, default))!;
        var kept = (await new FolderAnchor(settings.AnchorFolder!).KeptAsync(last.Checkpoint.Origin, default)).Checkpoints[^1];
        Assert.Equal(await SealedJournal.ScalarAsync(database, "select count(*) from mt_events"), last.Checkpoint.Size);
        Assert.Equal(last.Note, kept.Note);
        Assert.NotNull(witness.Key.Saw(Assert.Single(kept.Cosignatures), last.Checkpoint));
    }

    /// <summary>A witness that never answers the first question, and all later ones at once.</summary>
    private sealed class SlowWitness : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly WitnessState _state;
        private readonly Witness _witness;
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowWitness(string folder, VerifierKey sealing)
        {
            _state = new(folder);
            var key = WitnessKey.LoadOrCreate($"{folder}.key", "slow.example");
            Key = WitnessKey.Of(key);
            _witness = new(key, [sealing], [], _state, TimeProvider.System);
            var url = $"http://127.0.0.1:{FreePort()}/";
            Address = $"{Key}@{url}";
            _listener.Prefixes.Add(url);
            _listener.Start();
            _ = AnswerAsync();
        }

        public WitnessKey Key { get; }

        public string Address { get; }

        public Task Asked => _asked.Task;

        public void Dispose()
        {
            _listener.Close();
            _state.Dispose();
        }

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    var asked = await _listener.GetContextAsync();
                    if (_asked.TrySetResult())
                        continue;
                    using var body = new StreamReader(asked.Request.InputStream);
                    var answer = _witness.Answer(await body.ReadToEndAsync());
                    asked.Response.StatusCode = answer.Verdict == WitnessVerdict.Cosigned ? 200 : 400;
                    await asked.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Text));
                    asked.Response.Close();
                }
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
            }
        }

        private static int FreePort()
        {
            using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
