using MassTransit;
using Trading.Core;
using Trading.Hosting;

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
        trading.Services.AddSingleton(services => new Forecasters(
            [.. trading.Settings.Models.Select(name => Forecaster(name, services))], TimeSpan.FromSeconds(trading.Settings.ModelDeadlineSeconds), services.GetRequiredService<TimeProvider>()));
        trading.Bus.AddConsumer<Predictor, PredictorDefinition>();
    }

    // Settings were checked for names that are none.
    private static ComputedForecaster Forecaster(string name, IServiceProvider services) => name switch
    {
        TechnicalModel.Name => new ComputedForecaster(name, question => TechnicalModel.Output(question.Window, question.Price.Price)),
        _ => throw new ArgumentException($"There is no model {name}.", nameof(name)),
    };

    private sealed class PredictorDefinition(TradingSettings settings) : TradingConsumerDefinition<Predictor>(TradingEndpoint.Predictor, settings);
}
