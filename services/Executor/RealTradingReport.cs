using System.Globalization;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>The report that an operator reads before the first real order: exchange, account, balances, limits, products.</summary>
public sealed class RealTradingReport(TradeJournal journal, IExchange exchange, ProductCache products, TradingSettings settings,
    TimeProvider clock, ILogger log)
{
    /// <summary>Logs and records the report; false when the exchange did not answer.</summary>
    public async Task<bool> AnnounceAsync(Portfolio account, CancellationToken cancellation)
    {
        var balances = await exchange.BalancesAsync(cancellation);
        if (!balances.IsDone)
        {
            log.LogWarning("The account could not be compared with {Exchange}: {Reason}", exchange.Name, balances.Reason);
            return false;
        }
        var held = balances.Value.Where(balance => balance.Total != 0).Select(balance => $"{balance.Total.Plain()} {balance.Asset}");
        var positions = string.Concat(account.Positions.Select(position =>
            string.Create(CultureInfo.InvariantCulture, $", {position.Value.Quantity} {position.Key}")));
        var lines = new List<string>
        {
            $"REAL TRADING on {exchange.Name}: {settings.RealConfiguration()}",
            string.Create(CultureInfo.InvariantCulture, $"account {account.Account}: {account.CashUsd} "
                + $"{settings.UsdOnExchange()}{positions}"),
            $"on the exchange: {string.Join(", ", held)}",
            $"limits version {account.LimitsVersion}: {account.Limits}",
            $"orders: {DashedName.Of(settings.OrderPlacement.ToString())} in {string.Join(", ", settings.Symbols)}",
        };
        foreach (var symbol in settings.Symbols)
        {
            if (await products.OfAsync(symbol, cancellation) is not { } product)
                return false;
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{symbol} is {product.ExchangeSymbol}: tick {product.TickSize.Plain()}, lot {product.LotSize.Plain()}, "
                + $"least value {product.LeastNotional.Plain()} {product.QuoteAsset}{(product.Trading ? "" : ", NOT TRADED NOW")}"));
        }
        foreach (var line in lines)
            log.LogWarning("{Report}", line);
        await journal.DecideAsync(settings.Account,
            new AnnounceRealTrading(settings.RealConfiguration(), string.Join('\n', lines), clock.GetUtcNow()), "start", cancellation);
        return true;
    }
}
