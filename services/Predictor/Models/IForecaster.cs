using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Models;

/// <summary>The question to the models: where will the price be at the horizon?</summary>
/// <param name="Price">The price that a decision is due on.</param>
/// <param name="Window">The indicators of the window that ends with it.</param>
/// <param name="Prices">The window's prices, oldest first, the last one being <paramref name="Price"/>.</param>
/// <param name="HorizonSeconds">How far ahead the answer looks.</param>
/// <param name="ExpiresAt">From this time on nothing may be traded on the answer (UTC).</param>
public sealed record ForecastQuestion(PriceObserved Price, WindowSummary Window, IReadOnlyList<WindowPrice> Prices,
    int HorizonSeconds, DateTimeOffset ExpiresAt);

/// <summary>A model, wherever it runs.</summary>
public interface IForecaster
{
    /// <summary>Name of the model in settings and records.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the model runs outside of this process. Such a model is not called for a price that has expired.
    /// </summary>
    bool Remote { get; }

    /// <summary>
    /// Calls the model. A model that cannot be reached, refuses, is too late or answers something unusable abstains: its answer holds the
    /// reason. An exception is a bug.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="deadline">Cancelled when the answer would come too late.</param>
    Task<ModelOutput> ForecastAsync(ForecastQuestion question, CancellationToken deadline);
}
