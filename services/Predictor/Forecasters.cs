using Trading.Contracts;

namespace Trading.Services;

/// <summary>The enabled models. All are asked at once, under one deadline: a model that is away, late or talks nonsense is missing in the prediction and holds up nobody.</summary>
/// <param name="forecasters">The models, in the order of the settings.</param>
/// <param name="deadline">How long an answer may take.</param>
/// <param name="clock">The clock.</param>
public sealed class Forecasters(IReadOnlyList<IForecaster> forecasters, TimeSpan deadline, TimeProvider clock)
{
    // A model that is told to stop says what it was doing and how far it got; one that does not listen is left behind.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks every model; the answers come in the order of the settings.</summary>
    public async Task<IReadOnlyList<ModelOutput>> AskAsync(ForecastQuestion question, CancellationToken cancellation)
    {
        if (forecasters.All(forecaster => !forecaster.Remote))
            return await Task.WhenAll(forecasters.Select(forecaster => forecaster.ForecastAsync(question, cancellation)));

        using var timer = new CancellationTokenSource(deadline, clock);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        var answers = await Task.WhenAll(forecasters.Select(forecaster => AskAsync(forecaster, question, late.Token)));
        cancellation.ThrowIfCancellationRequested();
        return answers;
    }

    private async Task<ModelOutput> AskAsync(IForecaster forecaster, ForecastQuestion question, CancellationToken late)
    {
        if (forecaster.Remote && clock.GetUtcNow() is var now && now >= question.ExpiresAt)
            return Abstains(forecaster, $"not asked: the price expired at {question.ExpiresAt:HH:mm:ss}");
        try
        {
            return await forecaster.ForecastAsync(question, late).WaitAsync(deadline + Grace, clock, CancellationToken.None);
        }
        catch (Exception overtaken) when (overtaken is TimeoutException || (overtaken is OperationCanceledException && late.IsCancellationRequested))
        {
            return Abstains(forecaster, $"no answer within {deadline.TotalSeconds} s");
        }
    }

    private static ModelOutput Abstains(IForecaster forecaster, FormattableString reason) => new(forecaster.Name, null, null, null, FormattableString.Invariant(reason));
}
