using MassTransit;
using Trading.Aws;
using Trading.Hosting;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.Services.Models;
using Trading.Services.Scoring;

namespace Trading.Services;

/// <summary>The service that turns prices into predictions.</summary>
public static class PredictorProgram
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("predictor", "Turns prices into predictions.", trading => trading.AddPredictor());

    /// <summary>Registers the service.</summary>
    public static void AddPredictor(this TradingServices trading)
    {
        trading.Services.AddSingleton<PriceWindows>();
        trading.Services.AddSingleton<StrategySignals>();
        trading.Services.AddSingleton<ModelScores>();
        trading.Services.AddSingleton<RecentPredictions>();
        trading.Services.AddSingleton<ModelAbstentions>();
        trading.Services.AddSingleton<DayChanges>();
        trading.Services.AddSingleton(services => new ModelSpending(services.GetRequiredService<TradeJournal>(), TimeProvider.System));
        // Created when a model needs them, and disposed by the container.
        trading.Services.AddSingleton(_ => new Bedrock(trading.Settings.Bedrock()));
        trading.Services.AddSingleton(_ => new SageMaker(trading.Settings.SageMaker()));
        trading.Services.AddSingleton<IReadOnlyList<IForecaster>>(
            services => [.. trading.Settings.Models.Select(name =>
                Named.Find<IModelMaker>(name).Create(new(name, trading.Settings, services)))]);
        trading.Services.AddSingleton(services => new Forecasters(
            services.GetRequiredService<IReadOnlyList<IForecaster>>(), TimeSpan.FromSeconds(trading.Settings.ModelDeadlineSeconds),
            services.GetRequiredService<TimeProvider>()));
        if (trading.Settings.WarmModels)
            trading.Services.AddHostedService<ModelWarming>();
        trading.Bus.AddConsumer<Predictor, PredictorDefinition>();
    }

    private sealed class PredictorDefinition(TradingSettings settings)
        : TradingConsumerDefinition<Predictor>(TradingEndpoint.Predictor, settings);
}
