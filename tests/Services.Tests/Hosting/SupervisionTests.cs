using Microsoft.Extensions.Logging;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Background work goes on whatever it throws.</summary>
public sealed class SupervisionTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ManualTime _time = new(Start);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lines _log = new();
    private int _steps;

    public static TheoryData<Exception> Failures => new(
        new InvalidOperationException("{}"), new OverflowException(), new ArgumentException("null"),
        new FormatException("half a surrogate"),
        new HttpRequestException("no route"), new TaskCanceledException("a call's own limit"), new Npgsql.NpgsqlException("away"),
        new KeyNotFoundException("Forbidden"), new AggregateException(new InvalidCastException()));

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task a_step_that_throws_is_tried_again_and_the_work_goes_on(Exception failure)
    {
        var supervision = Works.Supervised(_time);
        var running = supervision.RunAsync(Work(step => step == 1 ? throw failure : Task.CompletedTask), _stopping.Token);

        await PassAsync(Supervision.RetryIntervals[0]);
        var failed = supervision.All.Single();
        Assert.Equal(Start, failed.DegradedSince);
        Assert.Contains(failure.Message, failed.LastError, StringComparison.Ordinal);

        _time.Advance(Supervision.RetryIntervals[0]);
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _steps);
        Assert.False(supervision.All.Single().Degraded);
        Assert.Equal(1, supervision.All.Single().Failures);
        Assert.Contains(_log.Said, line => line.Contains("works again", StringComparison.Ordinal));
        await StopAsync(running);
    }

    [Fact]
    public async Task waits_grow_to_ten_seconds_and_a_kind_of_failure_is_logged_once()
    {
        var supervision = Works.Supervised(_time);
        var running = supervision.RunAsync(
            Work(step => throw new InvalidOperationException(step == 3 ? "something else" : $"trade {step:x8} is wrong")), _stopping.Token);
        foreach (var wait in Supervision.RetryIntervals.Append(Supervision.RetryIntervals[^1]))
        {
            await PassAsync(wait);
            _time.Advance(wait);
        }
        await PassAsync(Supervision.RetryIntervals[^1]);

        Assert.Equal(6, _steps);
        Assert.Equal(6, supervision.All.Single().Failures);
        Assert.Equal(Start, supervision.All.Single().DegradedSince);
        Assert.Equal(["trade 00000001 is wrong", "something else"], _log.Said.Select(line => line.Split(": ")[^1]));
        await StopAsync(running);
    }

    [Fact]
    public async Task a_step_that_hangs_is_cancelled_and_tried_again()
    {
        var supervision = Works.Supervised(_time);
        var running = supervision.RunAsync(
            new("test", stopping => ++_steps == 1 ? Task.Delay(Timeout.Infinite, stopping) : Task.CompletedTask,
                TimeSpan.FromSeconds(30), _log)
            { LongestStep = TimeSpan.FromMinutes(1) }, _stopping.Token);
        await PassAsync(TimeSpan.FromMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1));
        await PassAsync(Supervision.RetryIntervals[0]);
        Assert.Contains("did not end within 60 s", supervision.All.Single().LastError, StringComparison.Ordinal);
        _time.Advance(Supervision.RetryIntervals[0]);
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.False(supervision.All.Single().Degraded);
        await StopAsync(running);
    }

    [Fact]
    public async Task a_failure_that_makes_trading_unsafe_ends_the_work_and_is_thrown()
    {
        var work = Work(_ => throw new StartException("the account is another one")) with
        { EndsProgram = wrong => wrong is StartException };
        var thrown = await Assert.ThrowsAsync<StartException>(() => Works.Supervised(_time).RunAsync(work, _stopping.Token));
        Assert.Equal("the account is another one", thrown.Message);
    }

    [Fact]
    public async Task work_that_is_done_in_one_step_is_not_done_again()
    {
        await Works.Supervised(_time).RunAsync(Work(_ => Task.CompletedTask) with { Interval = null }, _stopping.Token);
        Assert.Equal(1, _steps);
    }

    public void Dispose() => _stopping.Dispose();

    private SupervisedWork Work(Func<int, Task> step) => new("test", _ => step(++_steps), TimeSpan.FromSeconds(30), _log);

    private Task PassAsync(TimeSpan wait) => _time.WaitedFor(length => length == wait);

    private async Task StopAsync(Task running)
    {
        await _stopping.CancelAsync();
        await running.WaitAsync(HangGuard.Limit);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (Said)
                Said.Add(formatter(state, exception));
        }
    }
}
