using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;

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
        return new ComputedForecaster(Name, question => model.Output([.. question.Prices]));
    }
}
