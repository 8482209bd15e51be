using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>RiskManager and Executor without a predictor: the test says what was predicted, and what the price is.</summary>
public abstract class ExitTest : SerialTest
{
    // An answer of a model from outside, which a replay takes as recorded.
    private protected static PredictionMade Rise(PriceObserved price)
    {
        var told = InProcessSystem.Rise(price);
        List<ModelOutput> models = [.. told.Models.Select(output => output with { Model = "http" })];
        return told with { Models = models, Ensemble = Ensemble.Combine(models, price.Price) };
    }

    private protected static bool Left(SeenMessages seen) =>
        seen.Of<TradeExecuted>().Any(told => told.Message.Decision.Assessment.Exit is not null);

    private protected static async Task<WebApplication> StartAsync(string database, ManualTime clock, SeenMessages traffic)
    {
        var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.AddRiskManager();
            trading.AddExecutor();
            traffic.On(trading);
        });
        await app.StartAsync();
        return app;
    }

    private protected static async Task SayAsync<T>(WebApplication app, T message)
        where T : class => await app.Services.GetRequiredService<IBus>().Publish(message);
}
