using MassTransit;
using Trading.Contracts;

namespace Trading.AllInOne;

/// <summary>Hands what the services tell to the view.</summary>
public sealed class TradingViewConsumer(TradingView view) : IConsumer<PriceObserved>, IConsumer<RiskAssessed>, IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<PriceObserved> context)
    {
        view.Show(context.Message);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<RiskAssessed> context)
    {
        view.Show(context.Message);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<TradeExecuted> context)
    {
        view.Show(context.Message);
        return Task.CompletedTask;
    }
}
