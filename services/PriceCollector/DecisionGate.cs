using MassTransit;
using Trading.Contracts;

namespace Trading.Services;

/// <summary>
/// Holds a recorded run back until the decision on its last price is recorded, and the orders that follow from it have ended; where no decision is due, until it is told that the price
/// was looked at for exits: so every decision is made on the account
/// as the one before left it, at any speed, and two runs decide the same.
/// </summary>
public sealed class DecisionGate
{
    private readonly Lock _lock = new();
    private Guid _priceId;
    private TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins to wait for the decision on a price; to be called before it is published.</summary>
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
            // An exit is only a part of what happens at its price: the decision that follows waits for it.
            if (assessed.Assessment.Exit is null && assessed.Cause().PriceId == _priceId)
                _decided.TrySetResult();
        }
    }
}

/// <summary>Tells the gate what the other services did.</summary>
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
