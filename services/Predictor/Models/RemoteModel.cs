using Trading.Aws;
using Trading.Contracts;
using Trading.Journal.Tables;

namespace Trading.Services.Models;

/// <summary>Answer of a remote model.</summary>
/// <param name="ModelId">The model, as precisely as it is known.</param>
/// <param name="Text">The answer as it came.</param>
/// <param name="Refusal">Why the answer is unusable: the model refused, or was cut off; null when it is usable.</param>
/// <param name="InputTokens">Tokens read; null when they are not counted.</param>
/// <param name="OutputTokens">Tokens written; null when they are not counted.</param>
public sealed record RemoteAnswer(string ModelId, string Text, string? Refusal = null, int? InputTokens = null, int? OutputTokens = null);

/// <summary>
/// Calls a model outside of the process until it answers, the deadline passes or the day's budget is used up. The wait between two attempts
/// is random, so that replicas do not retry together: half a second to a second at first, doubled each time, at most 8 s. The attempts are
/// recorded with the answer.
/// </summary>
/// <param name="name">Name of the model in settings and records.</param>
/// <param name="budget">Its calls and tokens per day.</param>
/// <param name="spending">Counts calls and tokens; null for no limit.</param>
/// <param name="clock">The clock for waits.</param>
public sealed class RemoteModel(string name, ModelBudget budget, ModelSpending? spending, TimeProvider clock)
{
    private const int MostAttempts = 6;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    /// <summary>Name of the model.</summary>
    public string Name => name;

    /// <summary>An abstention.</summary>
    public ModelOutput Abstains(string reason) => new(name, null, null, null, reason);

    /// <summary>Calls the model.</summary>
    /// <param name="modelId">The model, as the settings name it.</param>
    /// <param name="sent">The question, for the record.</param>
    /// <param name="ask">Calls once; throws <see cref="ModelCallException"/> when there is no answer.</param>
    /// <param name="read">Reads a forecast or an abstention from an answer.</param>
    /// <param name="deadline">Cancelled when the answer would come too late.</param>
    public async Task<ModelOutput> AskAsync(string modelId, string sent, Func<CancellationToken, Task<RemoteAnswer>> ask,
        Func<RemoteAnswer, ModelOutput> read, CancellationToken deadline)
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
                    return Done(answer.Refusal is { } refused ? Abstains(refused) : Read(answer), answer);
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
            return Done(Abstains(failure.Length == 0
                ? "no answer before the deadline"
                : $"no answer before the deadline, {attempts} attempt{(attempts == 1 ? "" : "s")}; {failure}"));
        }

        // An answer may contain anything; whatever reading it throws concerns this model alone.
        ModelOutput Read(RemoteAnswer answer)
        {
            try
            {
                return read(answer);
            }
            catch (Exception unreadable) when (unreadable is not OperationCanceledException)
            {
                return Abstains($"the answer cannot be read ({unreadable.GetType().Name}): {ModelText.Glimpse(answer.Text)}");
            }
        }

        ModelOutput Done(ModelOutput output, RemoteAnswer? answer = null) => output with
        {
            Abstained = output.Abstained is { } reason ? ModelText.Storable(reason) : null,
            Provenance = new(
                ModelText.Storable(answer?.ModelId ?? modelId), attempts == 0 ? null : ModelText.Sha256(sent),
                answer is null ? null : ModelText.Kept(answer.Text),
                Math.Round(clock.GetElapsedTime(started).TotalMilliseconds, 1), answer?.InputTokens, answer?.OutputTokens, attempts),
        };
    }

    private static TimeSpan Wait(int attempts)
    {
        var most = Math.Min(FirstWait.TotalSeconds * Math.Pow(2, attempts - 1), LongestWait.TotalSeconds);
        return TimeSpan.FromSeconds(most * (0.5 + 0.5 * Random.Shared.NextDouble()));
    }
}
