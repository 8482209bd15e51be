using System.Threading.Channels;

namespace MassTransit.AmazonSqsTransport;

/// <summary>
/// Gathers entries into batch requests of at most 10 entries and 256 KiB. An entry that comes alone leaves at once; while requests are
/// under way the next batch waits a moment to fill. A request that fails for a passing reason (endpoint away, throttled) is repeated until
/// it passes or the transport stops, so whoever waits for an entry waits as long; any other failure is the entry's own.
/// </summary>
internal sealed class Batcher<TEntry> : IAsyncDisposable
{
    private const int MaxEntries = 10;
    private const int MaxBytes = 256 * 1024;
    private const int MaxRequests = 10;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

    private readonly Channel<Pending> entries = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxEntries * MaxRequests) { SingleReader = true });
    private readonly SemaphoreSlim requests = new(MaxRequests);
    private readonly CancellationToken stopping;
    private readonly string purpose;
    private readonly TimeProvider time;
    private readonly Func<TEntry, int> sizeOf;
    private readonly SendBatch send;
    private readonly Task pump;

    /// <summary>Sends a batch whose entries take their positions as ids; answers with the failed ones.</summary>
    internal delegate Task<IEnumerable<BatchFailure>> SendBatch(IReadOnlyList<TEntry> batch, CancellationToken cancellationToken);

    /// <param name="purpose">What is sent where, for messages to people.</param>
    /// <param name="time">Paces lingering and repeating.</param>
    /// <param name="sizeOf">The bytes that an entry takes in a request.</param>
    /// <param name="send">The request.</param>
    /// <param name="stopping">From then on nothing is repeated, and a request has five more seconds.</param>
    internal Batcher(string purpose, TimeProvider time, Func<TEntry, int> sizeOf, SendBatch send, CancellationToken stopping)
    {
        this.purpose = purpose;
        this.time = time;
        this.stopping = stopping;
        this.sizeOf = sizeOf;
        this.send = send;
        pump = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <summary>Completes when the service has accepted the entry.</summary>
    /// <exception cref="AmazonSqsTransportException">The service refused the entry.</exception>
    /// <exception cref="AmazonSqsConnectionException">The transport stopped before the service accepted it.</exception>
    internal async Task AddAsync(TEntry entry, CancellationToken cancellationToken)
    {
        var pending = new Pending(entry, sizeOf(entry));
        try
        {
            await entries.Writer.WriteAsync(pending, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Stopped();
        }
        await pending.Done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Sends what is waiting. Whoever disposes of it has signalled the stop before.</summary>
    public async ValueTask DisposeAsync()
    {
        entries.Writer.TryComplete();
        await pump;
        for (var request = 0; request < MaxRequests; request++)
            await requests.WaitAsync();
        requests.Dispose();
    }

    private async Task PumpAsync()
    {
        while (await entries.Reader.WaitToReadAsync())
        {
            await requests.WaitAsync();
            var batch = new List<Pending>(MaxEntries);
            var bytes = Take(batch, 0);
            if (batch.Count < MaxEntries && requests.CurrentCount < MaxRequests - 1)
            {
                await Task.Delay(Linger, time);
                Take(batch, bytes);
            }
            _ = RequestAsync(batch);
        }
    }

    private int Take(List<Pending> batch, int bytes)
    {
        while (batch.Count < MaxEntries && entries.Reader.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Bytes <= MaxBytes))
        {
            entries.Reader.TryRead(out _);
            batch.Add(next);
            bytes += next.Bytes;
        }
        return bytes;
    }

    private async Task RequestAsync(List<Pending> batch)
    {
        try
        {
            var backOff = new BackOff(time);
            while (await SendAsync(batch, backOff.IsFirst) is { } again)
            {
                batch = again;
                if (batch.Count == 0 && !backOff.IsFirst)
                    LogContext.Info?.Log("Passed after {Attempts} attempts: {Purpose}", backOff.Attempts + 1, purpose);
                if (batch.Count == 0 || !await backOff.WaitAsync(stopping) || stopping.IsCancellationRequested)
                    break;
            }
        }
        finally
        {
            // After a stop, every caller that still waits for an entry is answered.
            foreach (var pending in batch)
                pending.Done.TrySetException(Stopped());
            requests.Release();
        }
    }

    /// <summary>Sends a batch once; answers with those to send again, null after a failure that is the entries' own.</summary>
    private async Task<List<Pending>?> SendAsync(List<Pending> batch, bool isFirst)
    {
        try
        {
            using var limit = new CancellationTokenSource();
            await using var onStop = stopping.Register(() => limit.CancelAfter(LongestStop));
            return Settle(batch, await send(batch.ConvertAll(pending => pending.Entry), limit.Token));
        }
        catch (Exception exception) when (!Transient.Is(exception) || stopping.IsCancellationRequested)
        {
            foreach (var pending in batch)
                pending.Done.TrySetException(exception);
            return null;
        }
        catch (Exception exception)
        {
            if (isFirst)
                LogContext.Warning?.Log("Trying again until it passes: {Purpose}: {Error}", purpose, exception.Message);
            return batch;
        }
    }

    /// <summary>Completes the entries that were accepted or refused; answers with those to send again.</summary>
    private static List<Pending> Settle(List<Pending> batch, IEnumerable<BatchFailure> failures)
    {
        List<Pending> again = [];
        foreach (var failure in failures)
        {
            var pending = batch[failure.Position];
            if (Transient.IsCode(failure.Code))
                again.Add(pending);
            else
                pending.Done.TrySetException(new AmazonSqsTransportException($"{failure.Code}: {failure.Message}"));
        }
        foreach (var pending in batch)
            if (!again.Contains(pending))
                pending.Done.TrySetResult();
        return again;
    }

    private AmazonSqsConnectionException Stopped() => new($"The transport is stopped: {purpose}");

    private sealed record Pending(TEntry Entry, int Bytes)
    {
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
