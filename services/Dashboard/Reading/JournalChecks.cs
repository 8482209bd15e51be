using Npgsql;
using Trading.Dashboard.Answers;
using Trading.Hosting.Secrets;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Dashboard.Reading;

/// <summary>Something that a check found.</summary>
/// <param name="Kind">What, for example changed.</param>
/// <param name="Sequence">The event's place in the journal; null when it is about no single event.</param>
/// <param name="Detail">In words.</param>
public sealed record FoundWrong(string Kind, long? Sequence, string Detail);

/// <summary>A check of the journal.</summary>
/// <param name="Id">Its number.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="StartedAt">When (UTC).</param>
/// <param name="EndedAt">When it ended (UTC); null while it runs.</param>
/// <param name="State">running, clean, wrong or failed.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="Events">Events that were computed again.</param>
/// <param name="Sealed">Sealed events.</param>
/// <param name="Unsealed">Events that are not sealed yet.</param>
/// <param name="Wrongs">How many things are wrong.</param>
/// <param name="First">The first of them.</param>
/// <param name="Told">The result in a sentence.</param>
public sealed record JournalCheckReport(
    int Id, string By, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string State, double Progress, long Events, long Sealed,
    long Unsealed, long Wrongs, IReadOnlyList<FoundWrong> First, string Told);

/// <summary>Checks of the journal against its seals, one at a time, on connections of their own.</summary>
public sealed class JournalChecks(TradeJournal journal, TradingSettings settings, ISecretStore secrets, ILogger<JournalChecks> log)
    : IDisposable
{
    private const int Kept = 50, Connections = 4;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<JournalCheckReport> _checks = [];

    /// <summary>The checks since the start, newest first.</summary>
    public IReadOnlyList<JournalCheckReport> All
    {
        get
        {
            lock (_lock)
                return [.. _checks.AsEnumerable().Reverse()];
        }
    }

    /// <summary>Starts a check.</summary>
    /// <exception cref="ApiException">One is running.</exception>
    public JournalCheckReport Start(string by)
    {
        lock (_lock)
        {
            if (_checks.Count > 0 && _checks[^1].State == "running")
                throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "refused", $"check {_checks[^1].Id} is running"));
            var check = new JournalCheckReport(_checks.Count > 0 ? _checks[^1].Id + 1 : 1, by, TimeProvider.System.GetUtcNow(), null,
                "running",
                0, 0, 0, 0, 0, [], "running");
            _checks.Add(check);
            if (_checks.Count > Kept)
                _checks.RemoveAt(0);
            _ = Task.Run(() => RunAsync(check.Id));
            return check;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(int id)
    {
        var cancellation = _stop.Token;
        try
        {
            await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(journal.ConnectionString)
            { MaxPoolSize = Connections, ApplicationName = "trading dashboard check" }.ConnectionString);
            var key = await SealKeys.PublicKeyAsync(settings, secrets, cancellation)
                ?? throw new SealKeyException("this program knows no public key of the seal: Trading:SealKeyFile or Trading:SealKeySecret");
            var last = await SealedTree.LastAsync(database, cancellation);
            var size = last?.Checkpoint.Size ?? 0;
            var name = new NpgsqlConnectionStringBuilder(journal.ConnectionString).Database!;
            var (outside, faults) = await AnchorReading.ReadAsync(AnchorChoice.Of(settings), name, last?.Checkpoint, cancellation);
            var progress = new Progress<long>(at =>
                Change(id, check => check with { Progress = size == 0 ? 0 : Math.Min(1, at / (double)size) }));
            var range = new VerifyRange([key], outside.Checkpoints, Journal: JournalIdentities.Of(settings, name)?.Id,
                OutsideFaults: [.. faults, .. outside.Unreadable]);
            var found = await Verifier.VerifyAsync(database, range, progress, cancellation);
            Change(id, check => check with
            {
                EndedAt = TimeProvider.System.GetUtcNow(),
                State = found.Clean ? "clean" : "wrong",
                Progress = 1,
                Events = found.Events,
                Sealed = found.Sealed,
                Unsealed = found.Unsealed,
                Wrongs = found.Wrongs,
                First = [.. found.First
                    .Select(wrong => new FoundWrong(DashedName.Of(wrong.Kind.ToString()), wrong.Sequence, wrong.Detail))],
                Told = found.Clean ? "everything is as it was sealed" : "something is not as it was sealed",
            });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        // Whatever it is: a check that never ends would keep every later one from starting.
        catch (Exception failure)
        {
            log.LogWarning("Check {Id} of the journal failed: {Reason}", id, failure.Message);
            Change(id, check => check with { EndedAt = TimeProvider.System.GetUtcNow(), State = "failed", Told = failure.Message });
        }
    }

    private void Change(int id, Func<JournalCheckReport, JournalCheckReport> change)
    {
        lock (_lock)
        {
            var at = _checks.FindIndex(check => check.Id == id);
            // Progress may be reported after the end.
            if (at >= 0 && _checks[at].State == "running")
                _checks[at] = change(_checks[at]);
        }
    }
}
