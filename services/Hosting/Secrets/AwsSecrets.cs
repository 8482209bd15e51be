using Microsoft.Extensions.Logging;
using Trading.Aws;

namespace Trading.Hosting.Secrets;

/// <summary>
/// Secrets of AWS Secrets Manager, kept in memory for a while and then read again. While Secrets Manager does not answer, or this program's
/// credentials have expired, the last value is used and the log says so: without the exchange's key no position could be closed. A deleted
/// secret is not used any more. Each secret is read once at a time, for all callers.
/// </summary>
public sealed class AwsSecrets(SecretsManager secrets, TimeSpan refresh, TimeProvider clock, ILogger log) : ISecretStore, IDisposable
{
    /// <summary>How long the last value is used after a failed read.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Kept> _kept = [];

    /// <inheritdoc/>
    public async Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        var (secret, field) = SecretStores.Parts(name);
        var kept = _kept.GetOrAdd(secret, _ => new());
        if (kept.Value is null || IsOld(kept))
            await RefreshAsync(secret, kept, cancellation);
        return SecretStores.Field(name, field, kept.Value!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        secrets.Dispose();
        foreach (var kept in _kept.Values)
            kept.Gate.Dispose();
    }

    // By the monotonic clock: a jump of the other one neither keeps an old value nor asks for a new one each time.
    private bool IsOld(Kept kept) => clock.GetElapsedTime(kept.ReadAt) >= kept.For;

    private async Task RefreshAsync(string secret, Kept kept, CancellationToken cancellation)
    {
        await kept.Gate.WaitAsync(cancellation);
        try
        {
            if (kept.Value is not null && !IsOld(kept))
                return;
            kept.Value = await secrets.GetAsync(secret, cancellation);
            (kept.ReadAt, kept.For) = (clock.GetTimestamp(), refresh);
        }
        catch (SecretsManagerException refused) when (!refused.Gone && kept.Value is not null)
        {
            log.LogWarning("{Reason}: the last value is still used", refused.Message);
            (kept.ReadAt, kept.For) = (clock.GetTimestamp(), RetryAfter);
        }
        catch (SecretsManagerException refused)
        {
            kept.Value = null;
            throw new SecretException(refused.Message);
        }
        finally
        {
            kept.Gate.Release();
        }
    }

    private sealed class Kept
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public volatile string? Value;

        public long ReadAt;

        public TimeSpan For;
    }
}
