using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>What the exchange should hold by the journal, and what it holds.</summary>
/// <param name="Account">The account of which that is true; what is concluded from it holds until the account changes.</param>
/// <param name="Expected">Units by asset, those in open orders and accepted differences included.</param>
/// <param name="Observed">The exchange's balances.</param>
/// <param name="Open">The open orders that were listed with them.</param>
/// <param name="Usd">The asset that stands for USD.</param>
/// <param name="RoundedUsd">By how much its balance may differ for rounding.</param>
public sealed record BalanceComparison(
    Loaded<Portfolio> Account, IReadOnlyDictionary<string, decimal> Expected, IReadOnlyList<ExchangeBalance> Observed,
    IReadOnlyList<OrderReport> Open, string Usd, decimal RoundedUsd)
{
    /// <summary>Units that the exchange holds.</summary>
    public decimal Held(string asset) => Observed.Where(balance => balance.Asset == asset).Sum(balance => balance.Total);

    /// <summary>Units that the exchange holds beyond what is expected; 0 where it differs by rounding alone.</summary>
    public decimal Surplus(string asset) =>
        Held(asset) - Expected.GetValueOrDefault(asset) is var surplus && Math.Abs(surplus) > (asset == Usd ? RoundedUsd : 0) ? surplus : 0;

    /// <summary>Whether the exchange locks more of an asset than the listed orders need: an order that it does not list.</summary>
    public bool LocksMoreThanListed(string asset, Func<OrderReport, string> baseAsset)
    {
        var needed = Open.Where(order => (order.Side == TradeAction.Buy ? Usd : baseAsset(order)) == asset)
            .Sum(order => (order.Quantity - order.FilledQuantity) * (order.Side == TradeAction.Buy ? order.LimitPrice : 1));
        return Observed.Where(balance => balance.Asset == asset).Sum(balance => balance.Locked) > needed + needed * Slack;
    }

    // An exchange may also lock the fee.
    private const decimal Slack = 0.02m;
}

/// <summary>
/// Compares balances with the journal, only where the expected ones are certain: before and after, no order is on its way, and all fills of
/// waiting orders are recorded.
/// </summary>
public sealed class ExpectedBalances(TradeJournal journal, IExchange exchange, TradingSettings settings)
{
    // Half a unit of the eighth decimal of the value, a whole one of the fee.
    private const decimal RoundedAway = 0.000000015m;

    /// <summary>Compares; null where what is expected is uncertain, or the exchange does not answer.</summary>
    /// <param name="listed">The exchange's open orders, where they have just been listed; null asks for them.</param>
    /// <param name="isAbsent">Which of the placed orders are held not to exist.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<BalanceComparison?> CompareAsync(IReadOnlyList<OrderReport>? listed, Func<Trade, bool> isAbsent,
        CancellationToken cancellation)
    {
        if (await WaitingAsync(isAbsent, cancellation) is not { } before
            || (listed ?? await ListAsync(before, cancellation)) is not { } open || !before.IsShownBy(open))
            return null;
        var balances = await exchange.BalancesAsync(cancellation);
        if (!balances.IsDone || !await IsStillShownAsync(before, cancellation)
            || await WaitingAsync(isAbsent, cancellation) is not { } after || after.Version != before.Version
                || after.Fills != before.Fills)
            return null;
        return new(new(before.Account, before.Version), Expected(before), balances.Value, open, settings.UsdOnExchange(),
            RoundedAway * (before.Account.TradesSettled + before.Fills));
    }

    private SortedDictionary<string, decimal> Expected(Waiting waiting)
    {
        var (account, usd) = (waiting.Account, settings.UsdOnExchange());
        var expected = new SortedDictionary<string, decimal>(StringComparer.Ordinal) { [usd] = account.CashUsd };
        void Add(string asset, decimal units) => expected[asset] = expected.GetValueOrDefault(asset) + units;
        foreach (var symbol in settings.Symbols.Union(account.Positions.Keys))
            Add(ExchangeSymbol.Of(symbol, usd).Base, account.PositionIn(symbol).Quantity);
        foreach (var (order, fill) in waiting.Orders.SelectMany(trade => trade.Fills.Select(fill => (trade.Placed!.Order, fill))))
        {
            var parts = ExchangeSymbol.Of(order.Symbol, usd);
            var sign = order.Side == TradeAction.Buy ? 1 : -1;
            Add(parts.Base, sign * fill.Quantity - (fill.FeeBase ?? 0));
            Add(parts.Quote, -sign * fill.Quantity * fill.Price - fill.FeeUsd);
            if (fill is { FeeAsset: { } asset, FeeBase: null, FeeAmount: { } fee } && expected.ContainsKey(asset))
                Add(asset, -fee);
        }
        foreach (var (asset, units) in (account.External ?? ExternalState.None).AcceptedBalances)
            Add(asset, units);
        return expected;
    }

    // The open orders of the exchange; null when it does not answer.
    private async Task<IReadOnlyList<OrderReport>?> ListAsync(Waiting waiting, CancellationToken cancellation)
    {
        var symbols = settings.Symbols.Union(waiting.Account.Positions.Keys)
            .Union(waiting.Orders.Select(trade => trade.Placed!.Order.Symbol)).ToList();
        var open = await exchange.OpenOrdersAsync(symbols, cancellation);
        return open.Value;
    }

    // What waits may have been filled between list and balances; what does not wait needs no second list.
    private async Task<bool> IsStillShownAsync(Waiting waiting, CancellationToken cancellation) =>
        waiting.Orders.Count == 0 || (await ListAsync(waiting, cancellation) is { } open && waiting.IsShownBy(open));

    // The account and its orders that wait on the exchange; null while an order may be on its way.
    private async Task<Waiting?> WaitingAsync(Func<Trade, bool> isAbsent, CancellationToken cancellation)
    {
        var (account, version) = (await journal.AccountAsync(settings.Account, cancellation))!;
        var waiting = new List<Trade>();
        foreach (var tradeId in account.Reservations.Keys)
        {
            var trade = (await journal.TradeAsync(tradeId, cancellation))?.State;
            // An order that is not recorded as placed was not sent. A newly started account need not wait for it.
            if (trade is null or { Placed: null } || isAbsent(trade))
                continue;
            if (trade is not { ExchangeOrderId: not null })
                return null;
            waiting.Add(trade);
        }
        return new(account, version, waiting);
    }

    private sealed record Waiting(Portfolio Account, long Version, List<Trade> Orders)
    {
        public int Fills => Orders.Sum(trade => trade.Fills.Count);

        // Each waiting order is open and as far filled as it is recorded.
        public bool IsShownBy(IReadOnlyList<OrderReport> open) => Orders.TrueForAll(trade =>
            open.FirstOrDefault(order => order.ExchangeOrderId == trade.ExchangeOrderId) is { Status: OrderStatus.Open } report
                && report.FilledQuantity == trade.Fills.Sum(fill => fill.Quantity));
    }
}
