using Trading.Hosting;

namespace Trading.Services.Exchanges;

/// <summary>The keys of the exchange, from the secret store: asked for with each request, so that a rotated key is found. The secret is a JSON object with the fields apiKey and apiSecret.</summary>
public sealed class ExchangeKeys(ISecretStore secrets, TradingSettings settings)
{
    private readonly Lock _gate = new();
    private (string Id, string Secret, object Key)? _made;

    /// <summary>The key for Binance.</summary>
    /// <exception cref="SecretException">There is none.</exception>
    /// <exception cref="ExchangeKeyException">It cannot be used.</exception>
    public Task<BinanceKey> BinanceAsync(CancellationToken cancellation) => KeyAsync((id, secret) => new BinanceKey(id, secret), cancellation);

    /// <summary>The key for Coinbase.</summary>
    /// <exception cref="SecretException">There is none.</exception>
    /// <exception cref="ExchangeKeyException">It cannot be used.</exception>
    public Task<CoinbaseKey> CoinbaseAsync(CancellationToken cancellation) => KeyAsync((id, secret) => new CoinbaseKey(id, secret), cancellation);

    /// <summary>A key, or why there is none.</summary>
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

    private async Task<T> KeyAsync<T>(Func<string, string, T> make, CancellationToken cancellation)
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
}

/// <summary>Looks at the start whether the exchange can be used at all: a key that is missing or of the wrong kind ends the program with one line.</summary>
public sealed class ExchangeStart(IExchange exchange, ExchangeKeys keys) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (exchange is BinanceSpot)
                await keys.BinanceAsync(cancellationToken);
            else if (exchange is CoinbaseAdvanced)
                await keys.CoinbaseAsync(cancellationToken);
        }
        catch (Exception wrong) when (wrong is SecretException or ExchangeKeyException)
        {
            throw new StartException(wrong.Message);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
