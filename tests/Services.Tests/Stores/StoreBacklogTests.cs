using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Stores;

/// <summary>What waits for a store that does not take it: here a folder whose place is taken by a file.</summary>
public sealed class StoreBacklogTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_709_251_200);
    private readonly string _parent = Directory.CreateTempSubdirectory("trading-test-").FullName;
    private readonly ManualTime _time = new(Start);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private string Folder => Path.Combine(_parent, "raw");

    [Fact]
    public async Task a_store_that_fails_is_asked_again_after_the_written_intervals_and_gets_everything()
    {
        await File.WriteAllTextAsync(Folder, "in the way");
        var backlog = Backlog(capacity: 10);
        var running = backlog.RunAsync(_stopping.Token, default);
        await backlog.AddAsync(Collected(0), mayWait: false, default);

        foreach (var interval in StoreBacklog.RetryIntervals)
        {
            await _time.WaitedFor(length => length == interval);
            Assert.Contains("folder: ", backlog.Failure, StringComparison.Ordinal);
            if (interval == StoreBacklog.RetryIntervals[^1])
                break;
            _time.Advance(interval);
        }
        await backlog.AddAsync(Collected(1), mayWait: false, default);
        File.Delete(Folder);
        _time.Advance(StoreBacklog.RetryIntervals[^1]);
        await StopAsync(running);

        Assert.Equal((0, null, 0L), (backlog.Count, backlog.Failure, backlog.Dropped));
        Assert.Equal([0, 1], Stored());
    }

    [Fact]
    public async Task of_more_than_may_wait_the_oldest_are_dropped_and_counted()
    {
        await File.WriteAllTextAsync(Folder, "in the way");
        var backlog = Backlog(capacity: 2);
        var running = backlog.RunAsync(_stopping.Token, default);
        await backlog.AddAsync(Collected(0), mayWait: true, default);
        await _time.WaitedFor(length => length == StoreBacklog.RetryIntervals[0]);

        for (var minute = 1; minute <= 4; minute++)
            await backlog.AddAsync(Collected(minute), mayWait: true, default);
        File.Delete(Folder);
        await StopAsync(running);

        Assert.Equal(2, backlog.Dropped);
        Assert.Equal([0, 3, 4], Stored());
    }

    [Fact]
    public async Task who_can_wait_waits_for_a_store_that_works_and_nothing_is_dropped()
    {
        var backlog = Backlog(capacity: 2);
        var adding = Task.Run(async () =>
        {
            for (var minute = 0; minute < 100; minute++)
                await backlog.AddAsync(Collected(minute), mayWait: true, default);
        });
        var running = backlog.RunAsync(_stopping.Token, default);
        await adding;
        await backlog.DrainAsync(default);
        await StopAsync(running);

        Assert.Equal(0, backlog.Dropped);
        Assert.Equal(Enumerable.Range(0, 100), Stored());
    }

    [Fact]
    public async Task what_waits_is_written_when_the_program_ends_and_a_store_that_fails_does_not_hold_it_up()
    {
        var working = Backlog(capacity: 10);
        await working.AddAsync(Collected(0), mayWait: false, default);
        await _stopping.CancelAsync();
        await working.RunAsync(_stopping.Token, default);
        Assert.Equal([0], Stored());

        Directory.Delete(Folder, recursive: true);
        await File.WriteAllTextAsync(Folder, "in the way");
        var failing = Backlog(capacity: 10);
        await failing.AddAsync(Collected(1), mayWait: false, default);
        await failing.RunAsync(_stopping.Token, default);
        Assert.Equal(1, failing.Count);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task a_store_that_throws_anything_is_tried_again_and_gets_every_collection(Exception failure)
    {
        var sink = new Throwing(failure);
        var backlog = new StoreBacklog(sink, 10, null, Works.Metrics(), _time, NullLogger.Instance);
        var running = backlog.RunAsync(_stopping.Token, default);
        await backlog.AddAsync(Collected(0), mayWait: false, default);
        await _time.WaitedFor(wait => wait == StoreBacklog.RetryIntervals[0]);
        Assert.Contains(failure.Message, backlog.Failure, StringComparison.Ordinal);
        _time.Advance(StoreBacklog.RetryIntervals[0]);
        await sink.Taken.WaitAsync(HangGuard.Limit);
        await StopAsync(running);
        Assert.Equal(0, backlog.Count);
    }

    public static TheoryData<Exception> Failures => new(new InvalidOperationException("bug"), new ArgumentException("null"),
        new OverflowException("too large"), new AggregateException("several"), new StoreException("away"));

    private sealed class Throwing(Exception failure) : IPriceSink
    {
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _thrown;

        public Task Taken => _taken.Task;

        public string Name => "odd";

        public int MostAtOnce => 1;

        public Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
        {
            if (!_thrown)
            {
                _thrown = true;
                throw failure;
            }
            _taken.TrySetResult();
            return Task.FromResult<IReadOnlyList<string>>([]);
        }
    }

    public void Dispose()
    {
        Directory.Delete(_parent, recursive: true);
        _stopping.Dispose();
        _meters.Dispose();
    }

    private StoreBacklog Backlog(int capacity) =>
        new(new FolderRawAnswers(Folder, gzip: false), capacity, null,
            new TradingMetrics(_meters.GetRequiredService<IMeterFactory>()), _time, NullLogger.Instance);

    private async Task StopAsync(Task running)
    {
        await _stopping.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private IEnumerable<int> Stored() => Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories)
        .Select(file => (int)(long.Parse(Path.GetFileNameWithoutExtension(file), System.Globalization.CultureInfo.InvariantCulture)
            - Start.ToUnixTimeSeconds()) / 60)
        .Order();

    private static Collected Collected(int minute) =>
        new(Start.AddMinutes(minute), [], [new RawAnswer("BTC-USD", "test", new("https://example.com", 200, Start, "{}"u8.ToArray()))]);
}
