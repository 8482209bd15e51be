using MassTransit;
using Trading.Contracts;

namespace Trading.Services;

/// <summary>
/// Makes a recorded run wait until the decision on its last price is recorded and its orders have ended or, without a decision, until the
/// price was checked for exits. So every decision sees the account as the last one left it, at any speed, and two runs decide the same.
/// </summary>
public sealed class DecisionGate
{
    private readonly Lock _lock = new();
    private Guid _priceId;
    private TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts to wait for the decision on a price; call it before the price is published.</summary>
    public Task Expect(Guid priceId)
    {
        lock (_lock)
        {
            _priceId = priceId;
            _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _decided.Task;
        }
    }

    /// <summary>A decision was made; an approved one ends with its order.</summary>
    public void Pass(RiskAssessed assessed)
    {
        if (assessed.Assessment.Verdict != Verdict.Approved)
            Open(assessed);
    }

    /// <summary>An order has ended.</summary>
    public void Pass(TradeExecuted executed) => Open(executed.Decision);

    private void Open(RiskAssessed assessed)
    {
        lock (_lock)
        {
            // A decision may follow the exit at the same price.
            if (assessed.Assessment.Exit is null && assessed.Cause().PriceId == _priceId)
                _decided.TrySetResult();
        }
    }
}

/// <summary>Reports decisions and ended orders to the gate.</summary>
public sealed class DecisionWatch(DecisionGate gate) : IConsumer<RiskAssessed>, IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<RiskAssessed> context)
    {
        gate.Pass(context.Message);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<TradeExecuted> context)
    {
        gate.Pass(context.Message);
        return Task.CompletedTask;
    }
}
