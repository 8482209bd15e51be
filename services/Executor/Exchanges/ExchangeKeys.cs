using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;

namespace Trading.Services.Exchanges;

/// <summary>
/// The key of the exchange from the secret store. It is read for each request, so that a rotated key is found. The secret is a JSON object
/// with the fields apiKey and apiSecret.
/// </summary>
public sealed class ExchangeKeys(ISecretStore secrets, TradingSettings settings)
{
    private readonly Lock _gate = new();
    private (string Id, string Secret, object Key)? _made;

    /// <summary>The current key.</summary>
    /// <param name="make">Makes the key of its id and its secret; called again only when one of them has changed.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SecretException">There is no key.</exception>
    /// <exception cref="ExchangeKeyException">It cannot be used.</exception>
    public async Task<T> KeyAsync<T>(Func<string, string, T> make, CancellationToken cancellation)
        where T : class
    {
        var id = await secrets.GetAsync($"{settings.ExchangeSecretName()}#apiKey", cancellation);
        var secret = await secrets.GetAsync($"{settings.ExchangeSecretName()}#apiSecret", cancellation);
        lock (_gate)
        {
            if (_made is not { Key: T known } made || made.Id != id || made.Secret != secret)
                _made = (id, secret, known = make(id, secret));
            return known;
        }
    }

    /// <summary>The key, or why there is none.</summary>
    internal static async Task<(T? Key, string? Missing)> TryAsync<T>(Func<CancellationToken, Task<T>> key, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return (await key(cancellation), null);
        }
        catch (Exception missing) when (missing is SecretException or ExchangeKeyException)
        {
            return (null, missing.Message);
        }
    }
}

/// <summary>A key of an exchange cannot be used. The message is one line, without the secret.</summary>
public sealed class ExchangeKeyException(string message) : Exception(message);
