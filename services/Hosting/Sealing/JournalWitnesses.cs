using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Hosting.Sealing;

/// <summary>
/// Has checkpoints cosigned by the witnesses of the settings, all at once. One that cannot be reached, is slow or lies keeps neither the
/// others nor the sealing back: it is logged, counted, and stands in the journal for the alert.
/// </summary>
public sealed class JournalWitnesses(NpgsqlDataSource database, TradingSettings settings, TradingMetrics metrics, ILogger log)
    : IDisposable
{
    private readonly IReadOnlyList<WitnessAddress> _witnesses = WitnessAddress.Of(settings);
    private readonly Dictionary<WitnessKey, long> _known = [];
    private readonly Dictionary<WitnessKey, string> _said = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Whether there are any.</summary>
    public bool Any => _witnesses.Count > 0;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Asks all of them to cosign a checkpoint.</summary>
    /// <returns>The checkpoint with the lines of those that did.</returns>
    public async Task<SignedCheckpoint> CosignAsync(SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        var lines = await Task.WhenAll(_witnesses.Select(witness => AskAsync(witness, checkpoint, cancellation)));
        var cosigned = lines.OfType<string>().ToList();
        metrics.Witnessed(cosigned.Count, WitnessAddress.Quorum(settings));
        return checkpoint.With(cosigned);
    }

    private async Task<string?> AskAsync(WitnessAddress witness, SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        var failure = default(WitnessException);
        var line = default(string);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(settings.WitnessTimeoutSeconds));
        try
        {
            var known = Known(witness.Key) ?? await StoredCosignatures.LastSizeAsync(database, witness.Key, limit.Token);
            line = await witness.CosignAsync(_client, database, checkpoint, Math.Min(known, checkpoint.Checkpoint.Size), limit.Token);
            await StoredCosignatures.AddAsync(database, checkpoint, witness.Key, line, cancellation);
        }
        catch (WitnessException refused)
        {
            failure = refused;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure = new($"it did not answer within {settings.WitnessTimeoutSeconds} s");
        }
        await StoredCosignatures.AskedAsync(database, witness.Key, checkpoint.Checkpoint.Size, failure?.Message, cancellation);
        Note(witness, checkpoint, failure);
        return line;
    }

    private long? Known(WitnessKey key)
    {
        lock (_known)
            return _known.TryGetValue(key, out var known) ? known : null;
    }

    private void Note(WitnessAddress witness, SignedCheckpoint checkpoint, WitnessException? failure)
    {
        lock (_known)
        {
            if (failure is null)
            {
                _known[witness.Key] = checkpoint.Checkpoint.Size;
                if (_said.Remove(witness.Key))
                    log.LogInformation("The witness {Witness} cosigns again", witness.Key.Name);
                return;
            }
            metrics.NotWitnessed(witness.Key.Name, failure.IsFork ? "fork" : "failed");
            var isNew = !_said.TryGetValue(witness.Key, out var before) || before != failure.Message;
            _said[witness.Key] = failure.Message;
            if (isNew && failure.IsFork)
                log.LogError("THE WITNESS {Witness} REFUSES THIS JOURNAL: {Reason}", witness.Key.Name, failure.Message);
            else if (isNew)
                log.LogWarning("The witness {Witness} does not cosign the checkpoint of {Size} events: {Reason}",
                    witness.Key.Name, checkpoint.Checkpoint.Size, failure.Message);
        }
    }
}
