using Microsoft.Extensions.Logging;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>Clocks that differ stop purchases and nothing else, and a jump is told.</summary>
public sealed class ClockWatchTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private readonly LogCapture _log = new();
    private readonly LoggerFactory _logging = new();
    private TradeJournal _journal = null!;
    private JournalControl _control = null!;

    public async Task InitializeAsync()
    {
        _journal = new(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        await _journal.PrepareAsync();
        _control = new(_journal, "main", TimeProvider.System);
        _logging.AddProvider(_log);
        await _journal.DecideAsync("main", new OpenAccount("main", "simulated", 1000, InProcessSystem.Start), "test", default);
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    public void Dispose()
    {
        _logging.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(10, "behind this one")]
    [InlineData(-10, "ahead of this one")]
    public async Task a_clock_that_differs_from_the_databases_reduces_the_account(int minutesAhead, string told)
    {
        var time = new JumpingTime(TimeProvider.System.GetUtcNow().AddMinutes(minutesAhead));
        using var watch = Watch(time, Senders(time));
        await watch.StartAsync(default);
        var reduced = await ReducedAsync();
        Assert.Equal(ClockWatch.Name, reduced.Since!.By);
        Assert.Contains("the clock of the database is 600", reduced.Since.Reason, StringComparison.Ordinal);
        Assert.EndsWith(told, reduced.Since.Reason, StringComparison.Ordinal);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task a_sender_that_is_ahead_reduces_the_account_and_one_that_is_late_does_not()
    {
        var time = new JumpingTime(TimeProvider.System.GetUtcNow());
        var senders = Senders(time);
        for (var message = 0; message < 3; message++)
        {
            senders.Note("PriceObserved", time.GetUtcNow().UtcDateTime.AddMinutes(-5));
            senders.Note("PredictionMade", time.GetUtcNow().UtcDateTime.AddSeconds(30));
        }
        using var watch = Watch(time, senders);
        await watch.StartAsync(default);
        Assert.Equal("the clock of the sender of PredictionMade is 30.0 s ahead of this one", (await ReducedAsync()).Since!.Reason);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task an_account_that_is_halted_while_the_clocks_are_compared_stays_halted()
    {
        var time = new JumpingTime(TimeProvider.System.GetUtcNow().AddMinutes(10));
        using var watch = Watch(time, Senders(time), new HaltedMeanwhile(_control));
        await watch.StartAsync(default);
        await time.Manual.WaitedFor(length => length == Every).WaitAsync(HangGuard.Limit);
        Assert.Equal(TradingState.Halted, (await _control.StatusAsync(default)).State);
        await watch.StopAsync(default);
    }

    [Fact]
    public async Task a_jump_is_a_warning_and_no_jump_is_none()
    {
        var time = new JumpingTime(TimeProvider.System.GetUtcNow());
        using var watch = Watch(time, Senders(time));
        await watch.StartAsync(default);
        foreach (var (jump, warnings) in new[] { (0, 0), (-3600, 1), (631_152_000, 2) })
        {
            await time.Manual.WaitedFor(length => length == Every).WaitAsync(HangGuard.Limit);
            time.Jump += TimeSpan.FromSeconds(jump);
            time.Manual.Advance(Every);
            await time.Manual.WaitedFor(length => length == Every).WaitAsync(HangGuard.Limit);
            Assert.Equal(warnings, _log.Lines.Count(line => line.Contains("clock jumped by", StringComparison.Ordinal)));
        }
        Assert.Contains(_log.Lines, line => line.Contains("clock jumped by -3600.0 s", StringComparison.Ordinal));
        await watch.StopAsync(default);
    }

    /// <summary>An operator who halts between a question for the state and what follows from its answer.</summary>
    private sealed class HaltedMeanwhile(IOperatorControl control) : IOperatorControl
    {
        public async Task<ControlStatus> StatusAsync(CancellationToken cancellation)
        {
            var status = await control.StatusAsync(cancellation);
            await control.ActAsync(new(OperatorAction.Halt, "kim", "news"), cancellation);
            return status;
        }

        public Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation) =>
            control.ActAsync(command, cancellation);

        public Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, int? seen,
            CancellationToken cancellation) => control.SetLimitsAsync(by, reason, values, seen, cancellation);
    }

    private static SenderClocks Senders(TimeProvider time) => new(Works.Metrics(), TimeSpan.FromHours(1), time);

    private ClockWatch Watch(TimeProvider time, SenderClocks senders, IOperatorControl? control = null) => new(_journal, senders,
        control ?? _control, InProcessSystem.Told, Works.Metrics(), time, Works.Supervised(time), _logging.CreateLogger<ClockWatch>());

    private async Task<ControlStatus> ReducedAsync()
    {
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (true)
        {
            if (await _control.StatusAsync(limit.Token) is { State: TradingState.Reducing } reduced)
                return reduced;
            await Task.Delay(20, limit.Token);
        }
    }

    // Its wall clock jumps; the monotonic one and timers are moved by the test.
    private sealed class JumpingTime(DateTimeOffset start) : TimeProvider
    {
        public ManualTime Manual { get; } = new(start);

        public TimeSpan Jump { get; set; }

        public override long TimestampFrequency => Manual.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Manual.GetUtcNow() + Jump;

        public override long GetTimestamp() => Manual.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Manual.CreateTimer(callback, state, dueTime, period);
    }
}
