using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>Whether an order may be sent now, by the account's state.</summary>
public sealed class OrderObstacles(IExchange exchange, TradingSettings settings)
{
    /// <summary>Why an order may not be sent now; null when it may.</summary>
    public string? Obstacle(Portfolio account, Trade trade)
    {
        if (trade.Cancel is { } cancel)
            return $"cancelled by {cancel.By} before it was placed: {cancel.Reason}";
        if (account.Forbids(trade.Assessment!.Order!) is { } state)
            return $"trading was {(state == TradingState.Halted ? "halted" : "reduced to sales")} before the order was placed";
        if (exchange.IsPaper)
            return null;
        if (account.External?.Exchange != exchange.Name || account.External.Pending)
            return $"the account has not been compared with {exchange.Name} yet, or differs from it";
        return exchange.Simulated || account.External.Confirmed == settings.RealConfiguration() ? null
            : $"the first real order of {settings.RealConfiguration()} needs an operator: "
                + "trading control resume --confirm-real --seen CODE";
    }
}
