using System.Runtime.ExceptionServices;
using MassTransit;
using Trading.Contracts;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Refuses to publish the message of the step, and reports when the database or the bus has refused.</summary>
internal sealed class Death : IPublishObserver, IDisposable
{
    public const string Message = "the process is no more";

    private readonly Act _diedBefore;
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Death(Act diedBefore)
    {
        _diedBefore = diedBefore;
        AppDomain.CurrentDomain.FirstChanceException += Note;
    }

    public Task Died => _died.Task.WaitAsync(HangGuard.Limit);

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= Note;

    public Task PrePublish<T>(PublishContext<T> context)
        where T : class =>
        (_diedBefore == Act.TellingTheDecision && context.Message is RiskAssessed)
        || (_diedBefore == Act.TellingTheTrade && context.Message is TradeExecuted)
            ? throw new InvalidOperationException(Message)
            : Task.CompletedTask;

    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;

    // The bus tries again before it reports a failure; a dead process would not.
    private void Note(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (thrown.Exception.Message.Contains(Message, StringComparison.Ordinal))
            _died.TrySetResult();
    }
}
