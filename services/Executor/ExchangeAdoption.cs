using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Books what a comparison found and nobody need decide: own orders that turned up after they had been given up, fills of orders that an
/// operator adopted, and, as far as the settings allow, sales, purchases and deposits of others that explain a balance whole.
/// </summary>
public sealed class ExchangeAdoption(TradeJournal journal, IExchange exchange, FeeValues feeValues, TradingSettings settings,
    TimeProvider clock, ILogger log)
{
    private const string By = "reconciliation";

    private decimal _deposit;

    /// <summary>Books; true when the account has changed and is to be compared again.</summary>
    public async Task<bool> BookAsync(ExchangeComparison comparison, CancellationToken cancellation)
    {
        foreach (var trade in comparison.LateOrders)
        {
            var answer = await exchange.CancelAsync(OrderTerms.Sent(trade), cancellation);
            log.LogError("The order of trade {TradeId}, which had been given up, waits on {Exchange} and is cancelled: {Answer}",
                trade.TradeId, exchange.Name, answer.Reason ?? "done");
        }
        var changed = await BookLateAsync(comparison, cancellation);
        if (changed || comparison.Balances is not { } balances)
            return changed;
        var external = balances.Account.State.External ?? ExternalState.None;
        var open = comparison.Foreign.Where(fill => !external.Accepted.ContainsKey(fill.Key())).ToList();
        foreach (var symbol in open.GroupBy(fill => fill.Symbol))
        {
            foreach (var fill in symbol.Where(fill => external.Adopted?.ContainsKey(fill.ExchangeOrderId) == true).ToList())
                changed |= await BookAsync(fill, null, "its order was adopted", null, cancellation) is not null;
            if (!changed && symbol.All(IsAllowed) && Explains(symbol, balances))
                changed = await BookExplainingAsync(symbol, balances.Account, cancellation);
        }
        return changed || (open.Count == 0 && await BookDepositAsync(balances, cancellation));
    }

    private async Task<bool> BookLateAsync(ExchangeComparison comparison, CancellationToken cancellation)
    {
        var changed = false;
        foreach (var (trade, fill) in comparison.Late)
            changed |= await BookAsync(fill, trade.TradeId, $"the order of trade {trade.TradeId} was filled though it had been given up",
                null, cancellation) is not null;
        if (changed || comparison.LateOrders.Count > 0)
            await journal.DecideAsync(settings.Account, new ReduceTrading(By,
                $"an order that had been given up turned up on {exchange.Name}", clock.GetUtcNow(), OnlyTighten: true), By,
                cancellation);
        return changed;
    }

    // What the account has done since it was compared may have explained the balance already.
    private async Task<bool> BookExplainingAsync(IEnumerable<ExternalFillFound> fills, Loaded<Portfolio> compared,
        CancellationToken cancellation)
    {
        var after = compared;
        foreach (var fill in fills)
        {
            if (await BookAsync(fill, null, $"{(fill.Side == TradeAction.Sell ? "sold" : "bought")} on {exchange.Name} by somebody else; "
                + "it explains the balance whole", after, cancellation) is not { } booked)
                break;
            after = booked;
        }
        return after.Version != compared.Version;
    }

    // Units to the last digit: what the fills moved is what the balance lacks or has too much.
    private bool Explains(IEnumerable<ExternalFillFound> fills, BalanceComparison balances)
    {
        var moved = 0m;
        var asset = "";
        foreach (var fill in fills)
        {
            asset = ExchangeSymbol.Of(fill.Symbol, settings.UsdOnExchange()).Base;
            moved += (fill.Side == TradeAction.Buy ? fill.Quantity : -fill.Quantity) - (fill.FeeAsset == asset ? fill.Fee : 0);
        }
        return balances.Surplus(asset) == moved;
    }

    private bool IsAllowed(ExternalFillFound fill) =>
        fill.Side == TradeAction.Sell ? settings.BookForeignSales : settings.BookForeignPurchases;

    // Money that is there in two comparisons, and that no order explains.
    private async Task<bool> BookDepositAsync(BalanceComparison balances, CancellationToken cancellation)
    {
        var surplus = balances.Surplus(balances.Usd);
        if (!settings.BookDeposits || surplus <= 0 || surplus != _deposit)
        {
            _deposit = Math.Max(0, surplus);
            return false;
        }
        _deposit = 0;
        // Not when the account has changed since: an operator may have booked it.
        var deposit = new AdjustCash(surplus, By, $"a deposit on {exchange.Name}", clock.GetUtcNow());
        if (await journal.TryDecideAsync(settings.Account, balances.Account, deposit, By, cancellation) is null)
            return false;
        log.LogWarning("{Amount} {Asset} were paid in on {Exchange}, and are booked as a deposit", surplus, balances.Usd, exchange.Name);
        return true;
    }

    // The account after it; null when it is not booked. It is decided on the account as it was compared, where one is given.
    private async Task<Loaded<Portfolio>?> BookAsync(ExternalFillFound fill, Guid? tradeId, string reason, Loaded<Portfolio>? compared,
        CancellationToken cancellation)
    {
        var parts = ExchangeSymbol.Of(fill.Symbol, settings.UsdOnExchange());
        var worth = fill.Fee == 0 || fill.FeeAsset == parts.Base || fill.FeeAsset == parts.Quote
            ? null : await feeValues.OfAsync(fill.FeeAsset, fill.Fee, cancellation);
        var booked = ExternalFillBooked.Of(fill, parts.Base, parts.Quote, worth, By, reason, clock.GetUtcNow()) with { TradeId = tradeId };
        Loaded<Portfolio>? after;
        try
        {
            after = compared is null
                ? await journal.DecideAsync(settings.Account, new BookExternalFill(booked), By, cancellation)
                : await journal.TryDecideAsync(settings.Account, compared, new BookExternalFill(booked), By, cancellation);
        }
        catch (InvalidOperationException impossible)
        {
            log.LogWarning("A fill of others is left to an operator: {Reason}", impossible.Message);
            return null;
        }
        if (after is null)
            return null;
        log.LogWarning("Fill {Fill} of {Symbol} is booked, {Side} {Quantity} at {Price}: {Reason}", fill.ExchangeTradeId, fill.Symbol,
            fill.Side, fill.Quantity, fill.Price, reason);
        return after;
    }
}
