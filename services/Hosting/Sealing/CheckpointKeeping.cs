using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Sealing;

namespace Trading.Hosting.Sealing;

/// <summary>Has checkpoints cosigned, time stamped and kept outside of the journal, as often as the settings ask for.</summary>
public sealed class CheckpointKeeping(NpgsqlDataSource database, TradingSettings settings, TradingMetrics metrics, ILogger log)
    : IDisposable
{
    // What a witness, and then an anchor, may take when the program's own time to stop is over.
    private static readonly TimeSpan MostAfterStop = TimeSpan.FromSeconds(2);

    private readonly Dictionary<IAnchor, long> _anchored = [];
    private readonly JournalWitnesses _witnesses = new(database, settings, metrics, log);
    private readonly TimeStamping _stamps = new(database, settings, metrics, log);

    // A question outlives the step that asks it: the step's own token ends with the step.
    private readonly CancellationTokenSource _stopAsking = new();
    private Task<SignedCheckpoint>? _asking;
    private long? _stamped;
    private long? _asked;
    private long _mustKeep;

    /// <summary>Where checkpoints are kept.</summary>
    public IReadOnlyList<IAnchor> Anchors { get; } = AnchorChoice.Of(settings);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopAsking.Cancel();
        _witnesses.Dispose();
        _stamps.Dispose();
        _stopAsking.Dispose();
    }

    /// <summary>Whether so long has passed since an anchor was last used that it is due again.</summary>
    public bool IsDue(IAnchor anchor, Dictionary<IAnchor, long> last) =>
        !last.TryGetValue(anchor, out var before)
        || TimeProvider.System.GetElapsedTime(before) >= TimeSpan.FromSeconds(settings.AnchorIntervalSeconds);

    /// <summary>
    /// At the start, at the stop and behind what an operator did: this checkpoint or a later one is kept elsewhere, whatever the interval
    /// says. An answer about an earlier one that comes meanwhile is not enough.
    /// </summary>
    /// <param name="last">That checkpoint.</param>
    public void KeepFrom(SignedCheckpoint? last)
    {
        _mustKeep = last?.Checkpoint.Size ?? 0;
        _anchored.Clear();
        (_asked, _stamped) = (null, null);
    }

    /// <summary>Keeps the last checkpoint of a program that stops: nothing is asked any more afterwards, so it is waited for.</summary>
    public async Task KeepLastAsync(SignedCheckpoint last, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource();
        using var hurry = cancellation.Register(() => limit.CancelAfter(MostAfterStop));
        // Whatever it would have said, the last checkpoint is asked about next.
        await _stopAsking.CancelAsync();
        if (_asking is { } earlier)
            await ((Task)earlier).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        KeepFrom(last);
        try
        {
            if (_witnesses.Any || _stamps.Any)
                last = await AskAsync(last, limit.Token);
        }
        catch (OperationCanceledException)
        {
            log.LogWarning("The last checkpoint, of {Size} events, was not cosigned: the program had no more time to wait for witnesses",
                last.Checkpoint.Size);
        }
        await AnchorAsync(last, CancellationToken.None, MostAfterStop);
    }

    /// <summary>
    /// Has a checkpoint cosigned and kept where that is due. Witnesses sign first, so that what is kept elsewhere shows it. Nobody waits
    /// for them: sealing goes on meanwhile.
    /// </summary>
    public async Task KeepAsync(SignedCheckpoint? last, CancellationToken cancellation)
    {
        if (!_witnesses.Any && !_stamps.Any)
        {
            await AnchorAsync(last, cancellation);
            return;
        }
        if (last is null || _asking is { IsCompleted: false })
            return;
        if (_asking is { } answered)
        {
            _asking = null;
            // One that ended with the program is asked again below.
            if (!answered.IsCanceled)
                await AnchorAsync(await answered, cancellation);
        }
        if (_asked is { } before && TimeProvider.System.GetElapsedTime(before) < TimeSpan.FromSeconds(settings.WitnessIntervalSeconds))
            return;
        _asked = TimeProvider.System.GetTimestamp();
        _asking = AskAsync(last, _stopAsking.Token);
    }

    private async Task<SignedCheckpoint> AskAsync(SignedCheckpoint last, CancellationToken cancellation)
    {
        if (_stamped is not { } before
            || TimeProvider.System.GetElapsedTime(before) >= TimeSpan.FromSeconds(settings.AnchorIntervalSeconds))
        {
            _stamped = TimeProvider.System.GetTimestamp();
            await _stamps.StampAsync(last, cancellation);
        }
        return _witnesses.Any ? await _witnesses.CosignAsync(last, cancellation) : last;
    }

    // With a limit, an anchor that does not answer in time keeps neither the others nor the end of the program back.
    private async Task AnchorAsync(SignedCheckpoint? last, CancellationToken cancellation, TimeSpan? most = null)
    {
        if (last is null)
            return;
        foreach (var anchor in Anchors)
        {
            if (!IsDue(anchor, _anchored))
                continue;
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(most ?? Timeout.InfiniteTimeSpan);
                var keeping = anchor.KeepAsync(last, limit.Token);
                await (most is null ? keeping : keeping.WaitAsync(limit.Token));
                if (last.Checkpoint.Size >= _mustKeep)
                    _anchored[anchor] = TimeProvider.System.GetTimestamp();
            }
            catch (OperationCanceledException) when (most is not null)
            {
                log.LogError("The last checkpoint, of {Size} events, could not be kept outside of the journal, in {Anchor}: it did not "
                    + "answer within {Seconds} s; the next start keeps it", last.Checkpoint.Size, anchor.Name, most.Value.TotalSeconds);
            }
            catch (AnchorException failed)
            {
                // Retried with the next seal.
                log.LogError("The checkpoint of {Size} events could not be kept outside of the journal, in {Anchor}: {Reason}",
                    last.Checkpoint.Size, anchor.Name, failed.Message);
            }
        }
    }
}
