using Trading.Aws;

namespace Trading.Hosting;

/// <summary>
/// Secrets of AWS Secrets Manager, kept in memory for a while. When the time is up they are asked for again; while Secrets Manager does not answer, the last value stays good, because a key that
/// worked is better than none. One question at a time for each secret, however many want it.
/// </summary>
public sealed class AwsSecrets(SecretsManager secrets, TimeSpan refresh, TimeProvider clock) : ISecretStore, IDisposable
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
        catch (SecretsManagerException refused) when (refused.Transient && kept.Value is not null)
        {
            kept.Until = clock.GetUtcNow() + RetryAfter;
        }
        catch (SecretsManagerException refused)
        {
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
