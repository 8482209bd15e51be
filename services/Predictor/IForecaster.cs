using Trading.Contracts;
using Trading.Core;

namespace Trading.Services;

/// <summary>What the models are asked: where will the price be at the horizon?</summary>
/// <param name="Price">The price that a decision is due on.</param>
/// <param name="Window">The indicators of the window that ends with it.</param>
/// <param name="Prices">The window's prices, oldest first, the last one being <paramref name="Price"/>.</param>
/// <param name="HorizonSeconds">How far ahead the answer looks.</param>
/// <param name="ExpiresAt">From this instant on nothing may be traded on the answer (UTC).</param>
public sealed record ForecastQuestion(PriceObserved Price, WindowSummary Window, IReadOnlyList<WindowPrice> Prices, int HorizonSeconds, DateTimeOffset ExpiresAt);

/// <summary>A model, wherever it runs.</summary>
public interface IForecaster
{
    /// <summary>Name of the model in settings and records.</summary>
    string Name { get; }

    /// <summary>Whether asking costs money or another's time: such a model is not asked about a price that nobody may trade on any more.</summary>
    bool Remote { get; }

    /// <summary>
    /// Asks the model. A model that cannot be reached, refuses, or says what cannot be used abstains: that is an answer with the reason in it, as is one that was overtaken by the deadline.
    /// An exception is a bug.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="deadline">Cancelled when the answer would come too late.</param>
    Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline);
}

/// <summary>A model that is computed here, at once, from what was asked alone.</summary>
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
