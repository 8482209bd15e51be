using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Services.Scoring;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>A model that fails is told from one that waits for its first prices.</summary>
public sealed class ModelAbstentionsTests : IDisposable
{
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    [Fact]
    public void a_first_start_says_once_what_a_model_waits_for_and_warns_of_nothing()
    {
        var said = Play(Enumerable.Range(1, 150).Select(prices => prices < 100 ? WarmingUp.Reason(100, prices) : null));

        Assert.Equal(["Information: technical waits for 99 more prices of BTC-USD and will be ready at 2024-03-01 13:40:00Z"], said);
    }

    [Fact]
    public void a_model_that_fails_often_is_warned_of_once_by_the_settings_of_the_alert()
    {
        var said = Play(Enumerable.Range(1, 20).Select(number => number > 4 ? "away" : null));

        Assert.Equal(["Warning: technical abstained in 60 % of the last 10 predictions; the last: away"], said);
    }

    public void Dispose() => _meters.Dispose();

    private List<string> Play(IEnumerable<string?> reasons)
    {
        var log = new Lines();
        var abstentions = new ModelAbstentions(
            new TradingSettings { AlertAbstainShare = 0.6, AlertAbstainDecisions = 10 },
            new TradingMetrics(_meters.GetRequiredService<IMeterFactory>()), log);
        var (price, window) = (Questions.About(100).Price, Questions.About(100).Window);
        foreach (var (reason, number) in reasons.Select((reason, number) => (reason, number)))
        {
            var start = price.IntervalStart.AddMinutes(number + 1);
            abstentions.Add(new(
                Guid.Empty, price with { IntervalStart = start },
                window, [reason is null ? new("technical", 101, Direction.Up, 0.6, null) : new("technical", null, null, null, reason)],
                null, 3600, start,
                start.AddMinutes(2)));
        }
        return log.Said;
    }

    private sealed class Lines : ILogger<ModelAbstentions>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Said.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
