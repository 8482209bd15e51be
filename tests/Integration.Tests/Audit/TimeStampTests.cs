using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Checkpoints that an authority stamps with its time (RFC 3161): openssl behind a local address.</summary>
public sealed class TimeStampTests(SealedJournal journal) : IClassFixture<SealedJournal>, IAsyncLifetime
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private StampAuthority _authority = null!;

    public async Task InitializeAsync() => _authority = await StampAuthority.StartAsync();

    public Task DisposeAsync()
    {
        _authority.Dispose();
        _services.Dispose();
        return Task.CompletedTask;
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

        var trusted = await AuditProgram.RunHereAsync(connection, [.. verify, "--set", $"TimeStampCertificates={_authority.Certificate}"]);
        Assert.Equal((0, ""), (trusted.Code, trusted.Errors));
        var stranger = await AuditProgram.RunHereAsync(connection, [.. verify, "--set", $"TimeStampCertificates={_authority.Other}"]);
        Assert.Equal(1, stranger.Code);
        Assert.Contains("does not come from one of the given ones", stranger.Output, StringComparison.Ordinal);

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
        _authority.Change = answer => what switch
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
        using var stamping = new TimeStamping(database, new TradingSettings { TimeStampUrl = _authority.Url, WitnessTimeoutSeconds = 60 },
            new TradingMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), NullLogger.Instance);
        await stamping.StampAsync(checkpoint, default);
    }
}
