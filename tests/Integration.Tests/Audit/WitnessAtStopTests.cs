using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Trading.Hosting.Audit;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Aws;
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
        var connection = await PostgresServer.CreateDatabaseAsync();
        var sealing = SealKey.Create(Path.Combine(_folder, "key"));
        using var witness = new SlowWitness(Path.Combine(_folder, "witness"), sealing.Public);
        var settings = InProcessSystem.Told with
        {
            SealIntervalSeconds = 1,
            SealKeyFile = Path.Combine(_folder, "key"),
            Anchors = ["folder"],
            AnchorFolder = Path.Combine(_folder, "kept"),
            Witnesses = [witness.Address],
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

    [Fact]
    public async Task an_anchor_that_never_answers_at_the_end_keeps_no_other_back_and_the_next_start_keeps_the_checkpoint_there()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var last = Last();
        await using var s3 = await LockingS3.StartAsync();
        var settings = new TradingSettings
        {
            Anchors = ["s3", "folder"], AnchorFolder = Path.Combine(_folder, "kept"), AnchorBucket = LockingS3.Bucket,
            AnchorServiceUrl = $"http://{silent.LocalEndpoint}", AwsRegion = ProtocolServer.Region,
        };
        foreach (var anchor in AnchorChoice.Of(settings with { AnchorServiceUrl = s3.Url }))
            await anchor.SetUpAsync(last.Checkpoint.Origin, null, default);
        await using var database = NpgsqlDataSource.Create("Host=127.0.0.1");
        var metrics = Works.Metrics();
        var log = new LogCapture();

        using (var keeping = new CheckpointKeeping(database, settings, metrics, log))
            await keeping.KeepLastAsync(last, new CancellationToken(canceled: true));

        Assert.Equal(last.Note, Assert.Single((await new FolderAnchor(settings.AnchorFolder)
            .KeptAsync(last.Checkpoint.Origin, default)).Checkpoints).Note);
        Assert.Contains("could not be kept outside of the journal, in s3: it did not answer within 2 s; the next start keeps it",
            Assert.Single(log.Lines), StringComparison.Ordinal);

        using (var next = new CheckpointKeeping(database, settings with { AnchorServiceUrl = s3.Url }, metrics, log))
            await next.KeepAsync(last, default);
        Assert.Equal(last.Note, s3.Versions[^1].Text);
    }

    [Fact]
    public async Task a_question_that_is_not_answered_yet_ends_with_the_program_also_when_the_step_that_asked_it_is_over()
    {
        using var authority = new TcpListener(IPAddress.Loopback, 0);
        authority.Start();
        var last = Last();
        await using var database = NpgsqlDataSource.Create("Host=127.0.0.1");
        using var keeping = new CheckpointKeeping(database, new TradingSettings
        {
            TimeStampUrl = $"http://{authority.LocalEndpoint}", WitnessTimeoutSeconds = 86_400,
        }, Works.Metrics(), new LogCapture());

        using (var step = new CancellationTokenSource())
            await keeping.KeepAsync(last, step.Token);
        using var first = await authority.AcceptTcpClientAsync().WaitAsync(HangGuard.Limit);
        var keepingLast = keeping.KeepLastAsync(last, CancellationToken.None);
        // Nothing but the question comes, and then its end.
        await first.GetStream().CopyToAsync(Stream.Null).WaitAsync(HangGuard.Limit);
        using (var second = await authority.AcceptTcpClientAsync().WaitAsync(HangGuard.Limit))
            await second.GetStream().WriteAsync("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        await keepingLast.WaitAsync(HangGuard.Limit);
    }

    private SignedCheckpoint Last() => new Checkpoint("trading/test-00000000", 7, new byte[32], DateTimeOffset.UtcNow, null, null, null)
        .Sign(SealKey.Create(Path.Combine(_folder, "key")));
}
