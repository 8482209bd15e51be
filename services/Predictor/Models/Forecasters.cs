using Trading.Contracts;

namespace Trading.Services.Models;

/// <summary>
/// The enabled models. All are called at once, with one deadline. A model that is unavailable, late or invalid is missing in the prediction
/// and delays no other.
/// </summary>
/// <param name="forecasters">The models, in the order of the settings.</param>
/// <param name="deadline">How long an answer may take.</param>
/// <param name="clock">The clock.</param>
public sealed class Forecasters(IReadOnlyList<IForecaster> forecasters, TimeSpan deadline, TimeProvider clock)
{
    // After the deadline a model may still report its state; one that does not stop is abandoned.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Calls every model; the answers are in the order of the settings.</summary>
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
        catch (Exception overtaken)
            when (overtaken is TimeoutException || (overtaken is OperationCanceledException && late.IsCancellationRequested))
        {
            return Abstains(forecaster, $"no answer within {deadline.TotalSeconds} s");
        }
        catch (Exception failed) when (forecaster.Remote && failed is not (OperationCanceledException or Npgsql.NpgsqlException))
        {
            // What comes from outside may be anything: one model's answer must not stop the others. A computed model's bug is a bug.
            return Abstains(forecaster, $"it failed ({failed.GetType().Name}): {ModelText.Glimpse(failed.Message)}");
        }
    }

    private static ModelOutput Abstains(IForecaster forecaster, FormattableString reason) =>
        new(forecaster.Name, null, null, null, FormattableString.Invariant(reason));
}
