using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Services.Models;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>Remote models are asked once before anything depends on them.</summary>
public sealed class ModelWarmingTests
{
    [Fact]
    public async Task every_remote_model_is_asked_once_and_one_that_does_not_answer_is_named()
    {
        var log = new Lines();
        var (retired, fine) = (new Asked("bedrock", "404 ResourceNotFoundException: This model version has reached the end of its life."),
            new Asked("huggingface", null));
        using var warming = new ModelWarming(
            [retired, fine, new ComputedForecaster("technical", _ => throw new InvalidOperationException("nothing to warm"))],
            Works.Supervised(), TimeProvider.System, log);
        await warming.StartAsync(CancellationToken.None);
        await warming.ExecuteTask!;

        Assert.Equal((1, 1), (retired.Times, fine.Times));
        Assert.Contains(
            "Warning: bedrock does not answer: 404 ResourceNotFoundException: This model version has reached the end of its life.",
            log.Said);
        Assert.Contains(log.Said, line => line.StartsWith("Information: huggingface answers (", StringComparison.Ordinal));
        Assert.Equal(2, log.Said.Count);
    }

    private sealed class Asked(string name, string? abstained) : IForecaster
    {
        public string Name => name;

        public bool Remote => true;

        public int Times { get; private set; }

        public Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
        {
            Times++;
            Assert.True(question.Prices.Count >= 50);
            return Task.FromResult(new ModelOutput(name, null, null, null, abstained));
        }
    }

    private sealed class Lines : ILogger<ModelWarming>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (Said)
                Said.Add($"{logLevel}: {formatter(state, exception)}");
        }
    }
}
