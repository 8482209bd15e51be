using Trading.Hosting.Secrets;

namespace Trading.Services.Models;

/// <summary>Makes the model http.</summary>
internal sealed class HttpForecasterMaker : IModelMaker
{
    /// <inheritdoc/>
    public string Name => HttpForecaster.ModelName;

    /// <inheritdoc/>
    public IForecaster Create(ModelParts parts)
    {
        return new HttpForecaster(HttpForecaster.Client(), new(parts.Settings.HttpModelUrl!), KeyAsync, parts.Remote(), parts.Checks);

        async Task<string?> KeyAsync(CancellationToken cancellation) => parts.Settings.HttpModelKeySecret is { } secret
            ? await parts.Services.GetRequiredService<ISecretStore>().GetAsync(secret, cancellation) : null;
    }
}
