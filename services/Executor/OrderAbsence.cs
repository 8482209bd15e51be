using System.Collections.Concurrent;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Whether an order without an answer was never placed. That an exchange does not find an order by its id proves nothing: Binance has said
/// so for minutes of orders that it had taken (ccxt/binance-trade-bot issues 296 and 297), Coinbase for half a minute. So after
/// OrderAbsenceSeconds the open orders and the fills since the intent must lack it too, and the balances must not have moved.
/// </summary>
public sealed class OrderAbsence(TradeJournal journal, IExchange exchange, OrderAges ages, TradingSettings settings,
    TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // Clocks differ: fills are asked for from a little before the intent on.
    private static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(1);

    private readonly ExpectedBalances _balances = new(journal, exchange, settings);
    private readonly KnownFills _known = new(journal.Database);
    private readonly ConcurrentDictionary<Guid, (int Tries, Deadline Next)> _pauses = new();

    /// <summary>Whether an order that the exchange does not find has been unknown for so long that its absence may be proved.</summary>
    public bool IsDue(Trade trade)
    {
        var possible = ExchangeOrder.SendWithin + exchange.RequestLifetime + TradeExecution.NotFoundMargin;
        var absent = TimeSpan.FromSeconds(settings.OrderAbsenceSeconds);
        return trade is { ExchangeOrderId: null, Fills.Count: 0, Execution: null, Placed: not null }
            && ages.Of(trade) >= (absent > possible ? absent : possible);
    }

    /// <summary>Whether no question finds any trace of the order; false also while that is uncertain.</summary>
    public async Task<bool> IsProvedAsync(Trade trade, CancellationToken cancellation)
    {
        if (_pauses.TryGetValue(trade.TradeId, out var pause) && pause.Next.IsAhead)
            return false;
        if (await LeavesNoTraceAsync(trade, cancellation))
        {
            _pauses.TryRemove(trade.TradeId, out _);
            return true;
        }
        var seconds = Math.Min(LongestPause.TotalSeconds, Math.Pow(2, pause.Tries));
        _pauses[trade.TradeId] = (pause.Tries + 1, new(clock, TimeSpan.FromSeconds(seconds)));
        return false;
    }

    private async Task<bool> LeavesNoTraceAsync(Trade trade, CancellationToken cancellation)
    {
        var (order, symbol) = (OrderTerms.Sent(trade), trade.Placed!.Order.Symbol);
        if (await _balances.CompareAsync(null, IsDue, cancellation) is not { } balances
            || balances.Open.Any(open => open.ClientOrderId == order.ClientOrderId))
            return false;
        var time = await exchange.ServerTimeAsync(cancellation);
        if (!time.IsDone)
            return false;
        var since = time.Value - ages.AtMost(trade) - ClockMargin;
        var fills = await exchange.FillsAsync(symbol, since, cancellation);
        if (!fills.IsDone)
            return false;
        await _known.ReadAsync(cancellation);
        foreach (var id in fills.Value.Where(fill => !_known.Contains(fill.ExchangeOrderId, fill.ExchangeTradeId))
            .Select(fill => fill.ExchangeOrderId).Distinct())
        {
            var filled = await exchange.OrderByIdAsync(symbol, id, cancellation);
            if (!filled.IsDone || filled.Value.ClientOrderId == order.ClientOrderId)
                return false;
        }
        // An operator who has asked for the order's end has looked; otherwise what moved may have been this order.
        return trade.Cancel is not null || !Moved(balances, symbol);
    }

    private bool Moved(BalanceComparison balances, string symbol)
    {
        var parts = ExchangeSymbol.Of(symbol, settings.UsdOnExchange());
        return new[] { parts.Base, parts.Quote }.Any(asset => balances.Surplus(asset) != 0
            || balances.LocksMoreThanListed(asset, open => ExchangeSymbol.Of(open.Symbol, settings.UsdOnExchange()).Base));
    }
}
