using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.TestKit.Programs;

namespace Trading.TestKit.Pipeline;

/// <summary>Every message that was published on a bus, in the order of arrival.</summary>
internal sealed class SeenMessages
{
    private readonly Lock _gate = new();
    private readonly List<(object Message, Guid? Id)> _seen = [];
    private readonly List<(Func<SeenMessages, bool> Wanted, TaskCompletionSource Reached)> _watchers = [];

    /// <summary>Registers the traffic of a bus.</summary>
    public void On(TradingServices trading)
    {
        trading.Services.AddSingleton(this);
        trading.Bus.AddConsumer<TrafficConsumer>();
    }

    /// <summary>The messages of a kind with their ids.</summary>
    public IReadOnlyList<(T Message, Guid? Id)> Of<T>()
    {
        lock (_gate)
            return [.. _seen.Where(seen => seen.Message is T).Select(seen => ((T)seen.Message, seen.Id))];
    }

    /// <summary>Waits until enough has happened.</summary>
    public Task Until(Func<SeenMessages, bool> wanted)
    {
        lock (_gate)
        {
            if (wanted(this))
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((wanted, reached));
            return reached.Task.WaitAsync(HangGuard.Limit);
        }
    }

    public void Add(object message, Guid? id)
    {
        lock (_gate)
        {
            _seen.Add((message, id));
            foreach (var watcher in _watchers.Where(watcher => watcher.Wanted(this)).ToList())
            {
                _watchers.Remove(watcher);
                watcher.Reached.SetResult();
            }
        }
    }
}

/// <summary>Notes the messages.</summary>
internal sealed class TrafficConsumer(SeenMessages traffic)
    : IConsumer<PriceObserved>, IConsumer<PredictionMade>, IConsumer<RiskAssessed>, IConsumer<TradeExecuted>
{
    public Task Consume(ConsumeContext<PriceObserved> context) => Note(context);

    public Task Consume(ConsumeContext<PredictionMade> context) => Note(context);

    public Task Consume(ConsumeContext<RiskAssessed> context) => Note(context);

    public Task Consume(ConsumeContext<TradeExecuted> context) => Note(context);

    private Task Note<T>(ConsumeContext<T> context)
        where T : class
    {
        traffic.Add(context.Message, context.MessageId);
        return Task.CompletedTask;
    }
}
