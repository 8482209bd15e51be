using System.Collections.Concurrent;
using MassTransit;
using Trading.Contracts;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Approvals whose message the Executor is done with.</summary>
internal sealed class ExecutedApprovals : IConsumeObserver
{
    private readonly ConcurrentDictionary<Guid, bool> _trades = [];

    public bool Of(Guid tradeId) => _trades.ContainsKey(tradeId);

    public Task PreConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context)
        where T : class
    {
        if (context.Message is RiskAssessed assessed)
            _trades[assessed.TradeId] = true;
        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;
}
