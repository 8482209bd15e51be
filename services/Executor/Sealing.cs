using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>Seals the journal at its interval, one replica at a time, and once more when everything has stopped: what a run recorded is sealed when it has ended.</summary>
public sealed class Sealing(TradeJournal journal, TradingSettings settings, ISecretStore secrets, TradingMetrics metrics, ILogger<Sealing> log) : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(100);
    private readonly Leadership _leadership = new(journal.ConnectionString, Sealer.Leader);
    private readonly IReadOnlyList<IAnchor> _anchors = Anchors.Of(settings);
    private readonly Dictionary<IAnchor, long> _anchored = [];
    private readonly Dictionary<IAnchor, long> _compareAgain = [];
    private readonly HashSet<IAnchor> _compared = [];
    private SealException? _apart;
    private string? _said;
    private Sealer _sealer = null!;
    private long _sealedToEnd = TimeProvider.System.GetTimestamp();

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The clock on the wall, in recorded runs too: a checkpoint says when it was made.
            _sealer = new(journal.Database, await Seals.KeyAsync(settings, secrets, cancellationToken), TimeProvider.System);
        }
        catch (Exception wrong) when (wrong is SealKeyException or SecretException or IOException or UnauthorizedAccessException)
        {
            throw new StartException(wrong.Message);
        }
        await _sealer.PrepareAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        _anchored.Clear();
        while (await SealAsync(cancellationToken) is { Waiting: > 0 } && !cancellationToken.IsCancellationRequested)
            await Task.Delay(LastWait, CancellationToken.None);
        await _leadership.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.SealIntervalSeconds));
        do
            await SealAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<SealState?> SealAsync(CancellationToken cancellation)
    {
        var state = default(SealState);
        try
        {
            if (!await _leadership.HoldAsync(cancellation))
                return null;
            await CompareAsync(cancellation);
            state = await _sealer.SealAsync(cancellation);
            _said = null;
            if (state.Waiting == 0)
                _sealedToEnd = TimeProvider.System.GetTimestamp();
            await AnchorAsync(state.Last, cancellation);
        }
        catch (Npgsql.NpgsqlException unreachable)
        {
            log.LogWarning("The journal could not be sealed: {Reason}", unreachable.Message);
        }
        catch (SealException refused)
        {
            // Said once, and by the lag from then on.
            if (_said != refused.Message)
                log.LogError("THE JOURNAL IS NOT SEALED ANY MORE: {Reason}", refused.Message);
            _said = refused.Message;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        metrics.Sealed(state?.Sealed ?? 0, state?.Waiting ?? 0, state?.Waiting == 0 ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(_sealedToEnd));
        return state;
    }

    // Once, before the first seal: from then on the sealer remembers itself. An anchor that is away does not stop it, and is asked again as often as checkpoints are kept there.
    private async Task CompareAsync(CancellationToken cancellation)
    {
        if (_apart is not null)
            throw _apart;
        foreach (var anchor in _anchors.Where(anchor => !_compared.Contains(anchor)))
        {
            if (!IsDue(anchor, _compareAgain))
                continue;
            try
            {
                await AnchorCheck.CompareAsync(journal.Database, anchor, cancellation);
                _compared.Add(anchor);
            }
            catch (SealException apart)
            {
                _apart = apart;
                throw;
            }
            catch (Exception failed) when (failed is AnchorException or SealKeyException)
            {
                _compareAgain[anchor] = TimeProvider.System.GetTimestamp();
                log.LogError("The journal could not be compared with the checkpoints that are kept in {Anchor}: {Reason}", anchor.Name, failed.Message);
            }
        }
    }

    private bool IsDue(IAnchor anchor, Dictionary<IAnchor, long> last) =>
        !last.TryGetValue(anchor, out var before) || TimeProvider.System.GetElapsedTime(before) >= TimeSpan.FromSeconds(settings.AnchorIntervalSeconds);

    private async Task AnchorAsync(SignedCheckpoint? last, CancellationToken cancellation)
    {
        if (last is null)
            return;
        foreach (var anchor in _anchors)
        {
            if (!IsDue(anchor, _anchored))
                continue;
            try
            {
                await anchor.KeepAsync(last, cancellation);
                _anchored[anchor] = TimeProvider.System.GetTimestamp();
            }
            catch (AnchorException failed)
            {
                // Tried again with the next seal.
                log.LogError("The checkpoint of {Size} events could not be kept outside of the journal, in {Anchor}: {Reason}", last.Checkpoint.Size, anchor.Name, failed.Message);
            }
        }
    }
}
