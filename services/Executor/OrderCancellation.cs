using System.Collections.Concurrent;
using Trading.Core;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Takes orders off the exchange, each with one request: until that has had its time, the order's state is asked for instead. An exchange
/// may only queue a cancellation, and anyone who needs the units asks again and again.
/// </summary>
public sealed class OrderCancellation(IExchange exchange, OrderAges ages, TimeProvider clock)
{
    private static readonly TimeSpan AskedAgain = TimeSpan.FromSeconds(10);
    private const int Kept = 1000;

    private readonly ConcurrentDictionary<Guid, Deadline> _asked = new();

    /// <summary>
    /// Cancels what is left of a trade's order. An order that the exchange does not find, or that has ended, is answered with its state.
    /// </summary>
    public async Task<ExchangeAnswer<OrderReport>> CancelAsync(Trade trade, CancellationToken cancellation)
    {
        var order = ages.Sent(trade);
        if (_asked.TryGetValue(trade.TradeId, out var until) && until.IsAhead)
            return await exchange.OrderAsync(order, cancellation);
        if (_asked.Count >= Kept)
            _asked.Clear();
        _asked[trade.TradeId] = new(clock, AskedAgain);
        var answer = await exchange.CancelAsync(order, cancellation);
        // What was certainly not taken is asked for again at once.
        if (answer is { Kind: AnswerKind.Refused, Refusal: not ExchangeRefusal.NotFound })
            _asked.TryRemove(trade.TradeId, out _);
        return answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound }
            ? await exchange.OrderAsync(order, cancellation) : answer;
    }
}
