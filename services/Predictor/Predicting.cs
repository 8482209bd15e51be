using MassTransit;
using Trading.Aws;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>The service that turns prices into predictions.</summary>
public static class Predicting
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
        // Made when a model asks for them, and disposed by the container.
        trading.Services.AddSingleton(_ => new Bedrock(trading.Settings.Bedrock()));
        trading.Services.AddSingleton(_ => new SageMaker(trading.Settings.SageMaker()));
        trading.Services.AddSingleton<IReadOnlyList<IForecaster>>(services => [.. trading.Settings.Models.Select(name => Forecaster(name, trading.Settings, services))]);
        trading.Services.AddSingleton(services => new Forecasters(
            services.GetRequiredService<IReadOnlyList<IForecaster>>(), TimeSpan.FromSeconds(trading.Settings.ModelDeadlineSeconds), services.GetRequiredService<TimeProvider>()));
        if (trading.Settings.WarmModels)
            trading.Services.AddHostedService<ModelWarming>();
        trading.Bus.AddConsumer<Predictor, PredictorDefinition>();
    }

    // Settings were checked for names that are none.
    private static IForecaster Forecaster(string name, TradingSettings settings, IServiceProvider services)
    {
        var checks = new ForecastChecks(settings.ModelMaxMovePercent, settings.ModelDeadBandPercent);
        return name switch
        {
            TechnicalModel.Name => new ComputedForecaster(name, question => TechnicalModel.Output(question.Window, question.Price.Price)),
            LearnedModel.Name => Learned(settings),
            BedrockForecaster.ModelName => new BedrockForecaster(services.GetRequiredService<Bedrock>(), settings.Bedrock(), Remote(), services.GetRequiredService<DayChanges>(), checks),
            SageMakerForecaster.ModelName => new SageMakerForecaster(services.GetRequiredService<SageMaker>(), settings.SageMaker(), settings.SageMakerShape, Remote(), checks),
            HttpForecaster.ModelName => new HttpForecaster(HttpForecaster.Client(), new(settings.HttpModelUrl!), HttpKeyAsync, Remote(), checks),
            _ => throw new ArgumentException($"There is no model {name}.", nameof(name)),
        };

        async Task<string?> HttpKeyAsync(CancellationToken cancellation) =>
            settings.HttpModelKeySecret is { } secret ? await services.GetRequiredService<ISecretStore>().GetAsync(secret, cancellation) : null;

        RemoteModel Remote() => new(name, new(settings.ModelCallsPerDay, settings.ModelTokensPerDay), services.GetRequiredService<ModelSpending>(), services.GetRequiredService<TimeProvider>());
    }

    private static ComputedForecaster Learned(TradingSettings settings)
    {
        var model = ModelFile.Read(settings.LearnedModelFile!);
        return new(LearnedModel.Name, question => model.Output([.. question.Prices]));
    }

    private sealed class PredictorDefinition(TradingSettings settings) : TradingConsumerDefinition<Predictor>(TradingEndpoint.Predictor, settings);
}
