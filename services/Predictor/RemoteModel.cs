using Trading.Aws;
using Trading.Contracts;
using Trading.Journal;

namespace Trading.Services;

/// <summary>What a remote model answered.</summary>
/// <param name="ModelId">The model, as precisely as it was told.</param>
/// <param name="Text">The answer as it came.</param>
/// <param name="Refusal">Why the answer is none, whatever it says: the model refused, or was cut off; null when it is one.</param>
/// <param name="InputTokens">Tokens read; null when they are not counted.</param>
/// <param name="OutputTokens">Tokens written; null when they are not counted.</param>
public sealed record RemoteAnswer(string ModelId, string Text, string? Refusal = null, int? InputTokens = null, int? OutputTokens = null);

/// <summary>
/// Asks a model outside of the process until it answers, the deadline passes or the day's budget is used up. Between two attempts it waits, at random so that replicas do not come back all at
/// once: half a second to a second the first time, twice as long each further time, at most 8 s. Whatever happened is recorded with the answer.
/// </summary>
/// <param name="name">Name of the model in settings and records.</param>
/// <param name="budget">What it may cost.</param>
/// <param name="spending">Where that is counted; nowhere when null.</param>
/// <param name="clock">The clock that waits.</param>
public sealed class RemoteModel(string name, ModelBudget budget, ModelSpending? spending, TimeProvider clock)
{
    private const int MostAttempts = 6;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    /// <summary>Name of the model.</summary>
    public string Name => name;

    /// <summary>An answer that is none.</summary>
    public ModelOutput Abstains(string reason) => new(name, null, null, null, reason);

    /// <summary>Asks.</summary>
    /// <param name="modelId">The model, as the settings name it.</param>
    /// <param name="sent">What it is asked, for the record.</param>
    /// <param name="ask">Asks once; throws <see cref="ModelCallException"/> when there is no answer.</param>
    /// <param name="read">Makes a forecast, or an abstention, of an answer.</param>
    /// <param name="deadline">Cancelled when the answer would come too late.</param>
    public async Task<ModelOutput> AskAsync(string modelId, string sent, Func<CancellationToken, Task<RemoteAnswer>> ask, Func<RemoteAnswer, ModelOutput> read, CancellationToken deadline)
    {
        var (started, attempts, failure) = (clock.GetTimestamp(), 0, "");
        try
        {
            while (true)
            {
                if (spending is not null && await spending.CountCallAsync(name, budget, deadline) is { } refusal)
                    return Done(Abstains(refusal));
                attempts++;
                try
                {
                    var answer = await ask(deadline);
                    if (spending is not null && (answer.InputTokens ?? 0) + (answer.OutputTokens ?? 0) is > 0 and var tokens)
                        await spending.CountTokensAsync(name, tokens, deadline);
                    return Done(answer.Refusal is { } refused ? Abstains(refused) : read(answer), answer);
                }
                catch (ModelCallException passing) when (passing.MayPass && attempts < MostAttempts)
                {
                    failure = passing.Message;
                }
                catch (ModelCallException lasting)
                {
                    return Done(Abstains(attempts == 1 ? lasting.Message : $"{lasting.Message} (attempt {attempts})"));
                }
                await Task.Delay(Wait(attempts), clock, deadline);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Done(Abstains(failure.Length == 0 ? "no answer before the deadline" : $"no answer before the deadline, {attempts} attempt{(attempts == 1 ? "" : "s")}; {failure}"));
        }

        ModelOutput Done(ModelOutput output, RemoteAnswer? answer = null) => output with
        {
            Provenance = new(
                answer?.ModelId ?? modelId, attempts == 0 ? null : ModelText.Sha256(sent), answer is null ? null : ModelText.Kept(answer.Text),
                Math.Round(clock.GetElapsedTime(started).TotalMilliseconds, 1), answer?.InputTokens, answer?.OutputTokens, attempts),
        };
    }

    private static TimeSpan Wait(int attempts)
    {
        var most = Math.Min(FirstWait.TotalSeconds * Math.Pow(2, attempts - 1), LongestWait.TotalSeconds);
        return TimeSpan.FromSeconds(most * (0.5 + 0.5 * Random.Shared.NextDouble()));
    }
}
