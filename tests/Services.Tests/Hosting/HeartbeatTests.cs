using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Background;
using Trading.Hosting.Secrets;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The address outside is called while all is well, and not when it is not.</summary>
public sealed class HeartbeatTests
{
    private readonly ManualTime _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private HealthStatus _status = HealthStatus.Healthy;

    [Fact]
    public async Task it_calls_each_minute_and_keeps_silent_while_the_program_is_not_ready_or_other_work_fails()
    {
        await using var server = await LocalServer.StartAsync(LocalServer.Answer(200), LocalServer.Answer(200), LocalServer.Answer(500));
        var supervision = Works.Supervised(_time);
        using var heartbeat = Beat(new Uri(server.Address, "/ping/secret-path"), supervision);
        await heartbeat.StartAsync(default);
        await PassAsync(Heartbeat.Every);
        Assert.Single(server.Seen);

        _status = HealthStatus.Unhealthy;
        await MinuteAsync();
        Assert.Single(server.Seen);

        _status = HealthStatus.Healthy;
        using (var stopping = new CancellationTokenSource())
        {
            var fails = true;
            var other = supervision.RunAsync(new("other", _ => fails ? throw new InvalidOperationException("no") : Task.CompletedTask,
                TimeSpan.FromHours(9), NullLogger.Instance), stopping.Token);
            await PassAsync(Supervision.RetryIntervals[0]);
            await MinuteAsync();
            Assert.Single(server.Seen);
            await PassAsync(Supervision.RetryIntervals[1]);
            fails = false;
            _time.Advance(Supervision.RetryIntervals[1]);
            await PassAsync(TimeSpan.FromHours(9));
            await MinuteAsync();
            Assert.Equal(2, server.Seen.Count);
            await stopping.CancelAsync();
            await other;
        }

        _time.Advance(Heartbeat.Every);
        await PassAsync(Supervision.RetryIntervals[0]);
        var failed = supervision.All.Single(work => work.Work == "heartbeat");
        Assert.Equal("InvalidDataException: the heartbeat's address answered HTTP 500", failed.LastError);
        await heartbeat.StopAsync(default);
    }

    [Theory]
    [InlineData("no address at all")]
    [InlineData("http://example.com/secret-path")]
    public async Task an_address_that_may_not_be_asked_is_told_without_being_shown(string address)
    {
        var supervision = Works.Supervised(_time);
        using var heartbeat = Beat(address, supervision);
        await heartbeat.StartAsync(default);
        await PassAsync(Supervision.RetryIntervals[0]);
        Assert.Equal("InvalidDataException: the secret beat is no address: https://..., or http:// to this machine or to a host of "
            + "Trading:PlainHttpHosts", supervision.All.Single().LastError);
        await heartbeat.StopAsync(default);
    }

    private Heartbeat Beat(object address, Supervision supervision)
    {
        var checks = new ServiceCollection().AddLogging();
        checks.AddHealthChecks().AddCheck("journal", () => new(_status), tags: ["ready"]);
        return new(checks.BuildServiceProvider().GetRequiredService<HealthCheckService>(), new OneSecret($"{address}"),
            new() { HeartbeatSecret = "beat" }, _time, supervision, NullLogger<Heartbeat>.Instance);
    }

    private async Task MinuteAsync()
    {
        _time.Advance(Heartbeat.Every);
        await PassAsync(Heartbeat.Every);
    }

    private Task PassAsync(TimeSpan wait) => _time.WaitedFor(length => length == wait).WaitAsync(HangGuard.Limit);

    private sealed class OneSecret(string value) : ISecretStore
    {
        public Task<string> GetAsync(string name, CancellationToken cancellation) => Task.FromResult(value);
    }
}
