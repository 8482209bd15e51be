using System.Globalization;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Hosting.Alerts;

/// <summary>
/// Finds positions that should have a stop on the exchange, and have neither one nor an exit that the exchange is known to have. Whether it
/// refused it, was not asked, or does not answer makes no difference.
/// </summary>
internal static class UnprotectedPositions
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>How long that may last: the next price sets the stop, and it may be tried more than once.</summary>
    public static TimeSpan Pause(TradingSettings settings) =>
        TimeSpan.FromSeconds(Math.Max(Longest.TotalSeconds, 2 * settings.PriceIntervalSeconds));

    /// <summary>The symbols with such positions.</summary>
    /// <returns>A name that changes when the position does, and what is to be told.</returns>
    public static async Task<IReadOnlyList<(string Symbol, string Name, string Text)>> FindAsync(
        TradeJournal journal, TradingSettings settings, CancellationToken cancellation)
    {
        if (settings.Exchange == PaperFill.Exchange
            || await journal.AccountAsync(settings.Account, cancellation) is not { State: { Limits: not null } account })
            return [];
        var found = new List<(string, string, string)>();
        foreach (var (symbol, position) in account.Positions)
        {
            if (account.LimitsIn(symbol) is not { Exits: { StopOnExchange: true, StopLossPercent: not null } } limits
                || position.StopDeclined || !limits.IsSellable(position.Quantity, position.LastPrice)
                || await IsLeftAsync(journal, account, symbol, cancellation))
                continue;
            found.Add((symbol, $"{symbol}/{position.ChangedAt.ToUnixTimeMilliseconds()}", string.Create(CultureInfo.InvariantCulture,
                $"{position.Quantity} {symbol} have had neither a stop nor an exit on {settings.Exchange} for more than ")
                + string.Create(CultureInfo.InvariantCulture, $"{Pause(settings).TotalSeconds:0} s: {Why(account, position, symbol)}")));
        }
        return found;
    }

    // An order without the exchange's id may be nowhere.
    private static async Task<bool> IsLeftAsync(TradeJournal journal, Portfolio account, string symbol, CancellationToken cancellation)
    {
        foreach (var (tradeId, order) in account.Reservations)
        {
            if (order.Side == TradeAction.Sell && order.Symbol == symbol && order.Exit is not null
                && await journal.TradeAsync(tradeId, cancellation) is { State.ExchangeOrderId: not null })
                return true;
        }
        return false;
    }

    private static string Why(Portfolio account, Position position, string symbol) => account switch
    {
        { External: null } or { External.Pending: true } =>
            "the account is not compared with the exchange, and nothing is sent before that",
        _ when account.StateOf(symbol) == TradingState.Halted => "trading is halted",
        _ when account.LimitsIn(symbol)?.Product is { Trading: false } => "it is not traded there now",
        _ when account.Reservations.Values.Any(order => order.Symbol == symbol && order.Exit is not null) =>
            "an order is not sent, or has no answer",
        _ when (position.ExitRefused ?? position.StopRefused) is { } refused => $"the last one was refused as {refused.Kind}: "
            + refused.Reason,
        _ => "no price has led to one",
    } + ". Each price is still checked against the stop while trading is not halted";
}
