using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;

namespace Trading.Services.Models;

/// <summary>A model that is computed in this process, from the question alone.</summary>
/// <param name="name">Name of the model.</param>
/// <param name="forecast">The model.</param>
public sealed class ComputedForecaster(string name, Func<ForecastQuestion, ModelOutput> forecast) : IForecaster
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool Remote => false;

    /// <inheritdoc/>
    public Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline) => Task.FromResult(forecast(question));
}

/// <summary>Makes the model technical.</summary>
internal sealed class TechnicalModelMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => TechnicalModel.Name;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts) =>
        new ComputedForecaster(Name, question => TechnicalModel.Output(question.Window, question.Price.Price));
}

/// <summary>Makes the learned model from its file.</summary>
internal sealed class LearnedModelMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => LearnedModel.Name;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts)
    {
        var model = ModelFile.Read(parts.Settings.LearnedModelFile!);
        var drift = new ModelDrift(Name, PriceFeatures.Names, parts.Services.GetRequiredService<TradingMetrics>());
        return new ComputedForecaster(Name, question =>
        {
            var answer = model.Output([.. question.Prices]);
            if (model.Seen is not null && answer.Abstained is null)
                drift.Add(question.Price.Symbol, model.Seen, Newest(model, question.Prices), answer);
            return answer;
        });
    }

    private static ReadOnlySpan<double> Newest(LearnedModel model, IReadOnlyList<WindowPrice> prices)
    {
        var features = new PriceFeatures(model.IntervalSeconds);
        foreach (var price in prices.TakeLast(PriceFeatures.Prices))
            features.Add(price.UnixSeconds, price.Price);
        return features.Values;
    }
}
