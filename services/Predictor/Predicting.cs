using MassTransit;
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
        trading.Services.AddSingleton<ModelAccuracy>();
        trading.Bus.AddConsumer<Predictor, PredictorDefinition>();
    }

    private sealed class PredictorDefinition(TradingSettings settings) : TradingConsumerDefinition<Predictor>(TradingEndpoint.Predictor, settings);
}
