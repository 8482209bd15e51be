using System.Collections.Concurrent;

namespace Trading.Services.Exchanges;

/// <summary>
/// The value of fees in assets that the account does not hold, for example BNB, by the exchange's own price, which is kept for a minute.
/// </summary>
public sealed class FeeValues(IExchange exchange, TimeProvider clock, ILogger<FeeValues> log)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (decimal Price, Deadline Until)> _known = new();

    /// <summary>
    /// The value in the currency that stands for USD; null when the exchange does not answer, and then it stays unknown.
    /// </summary>
    public async Task<decimal?> OfAsync(string asset, decimal units, CancellationToken cancellation)
    {
        if (!_known.TryGetValue(asset, out var known) || !known.Until.IsAhead)
        {
            var answer = await exchange.PriceAsync(asset, cancellation);
            if (!answer.IsDone)
            {
                log.LogWarning("A fee of {Units} {Asset} is booked without its value: {Exchange} does not report it: {Reason}", units,
                    asset, exchange.Name, answer.Reason);
                return null;
            }
            _known[asset] = known = (answer.Value, new(clock, KnownFor));
        }
        return units * known.Price;
    }
}
