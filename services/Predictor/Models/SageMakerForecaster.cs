using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Services.Models;

/// <summary>A time-series model behind a SageMaker endpoint.</summary>
public sealed class SageMakerForecaster(SageMaker endpoint, SageMakerOptions options, SageMakerShape shape, RemoteModel remote,
    ForecastChecks checks) : IForecaster
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string ModelName = "huggingface";

    /// <inheritdoc/>
    public string Name => remote.Name;

    /// <inheritdoc/>
    public bool Remote => true;

    /// <inheritdoc/>
    public async Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline)
    {
        if (question.Prices.Count < SeriesFormat.LeastPrices)
            return remote.Abstains(WarmingUp.Reason(SeriesFormat.LeastPrices, question.Prices.Count));
        var json = shape == SageMakerShape.Chronos ? ChronosFormat.Question(question) : InstancesFormat.Question(question);
        return await remote.AskAsync(options.EndpointName, json, AskAsync, Read, deadline);

        async Task<RemoteAnswer> AskAsync(CancellationToken cancellation)
        {
            var answer = await endpoint.AskAsync(json, cancellation);
            return new(answer.Variant is { } variant ? $"{options.EndpointName} ({variant})" : options.EndpointName, answer.Text);
        }

        ModelOutput Read(RemoteAnswer answer)
        {
            var current = question.Prices[^1].Price;
            var forecast = shape == SageMakerShape.Chronos
                ? ChronosFormat.Answer(answer.Text, question, checks, out var wrong)
                : InstancesFormat.Answer(answer.Text, current, checks, out wrong);
            return forecast is { } said ? checks.Output(Name, current, said.PredictedPrice, said.Direction, said.Confidence)
                : remote.Abstains(
                    $"the answer is no forecast of the shape {DashedName.Of(shape.ToString())}: {wrong}; "
                    + $"it was {ModelText.Glimpse(answer.Text)}");
        }
    }
}

/// <summary>Makes the model huggingface.</summary>
internal sealed class SageMakerForecasterMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => SageMakerForecaster.ModelName;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts) => new SageMakerForecaster(
        parts.Services.GetRequiredService<SageMaker>(), parts.Settings.SageMaker(), parts.Settings.SageMakerShape, parts.Remote(),
        parts.Checks);
}
