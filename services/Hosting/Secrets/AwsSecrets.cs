using Microsoft.Extensions.Logging;
using Trading.Aws;

namespace Trading.Hosting;

/// <summary>
/// Secrets of AWS Secrets Manager, kept in memory for a while. When the time is up they are asked for again; while Secrets Manager does not give one, because it is away or this program's own
/// credentials have run out, the last value stays good and the log says so: without the key of an exchange no position could be left. A secret that was deleted is not given out any more. One
/// question at a time for each secret, however many want it.
/// </summary>
public sealed class AwsSecrets(SecretsManager secrets, TimeSpan refresh, TimeProvider clock, ILogger log) : ISecretStore, IDisposable
{
    /// <summary>After a question that failed the last value is given out for so long before the next.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Kept> _kept = [];

    /// <inheritdoc/>
    public async Task<string> GetAsync(string name, CancellationToken cancellation)
    {
        var (secret, field) = Secrets.Parts(name);
        var kept = _kept.GetOrAdd(secret, _ => new());
        if (kept.Value is null || clock.GetUtcNow() >= kept.Until)
            await RefreshAsync(secret, kept, cancellation);
        return Secrets.Field(name, field, kept.Value!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        secrets.Dispose();
        foreach (var kept in _kept.Values)
            kept.Gate.Dispose();
    }

    private async Task RefreshAsync(string secret, Kept kept, CancellationToken cancellation)
    {
        await kept.Gate.WaitAsync(cancellation);
        try
        {
            if (kept.Value is not null && clock.GetUtcNow() < kept.Until)
                return;
            kept.Value = await secrets.GetAsync(secret, cancellation);
            kept.Until = clock.GetUtcNow() + refresh;
        }
        catch (SecretsManagerException refused) when (!refused.Gone && kept.Value is not null)
        {
            log.LogWarning("{Reason}: the value from before is used on", refused.Message);
            kept.Until = clock.GetUtcNow() + RetryAfter;
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

        public DateTimeOffset Until;
    }
}
