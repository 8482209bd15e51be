using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>
/// A reply of an exchange. Without a reply <paramref name="Status"/> is 0 and <paramref name="Failure"/> says why.
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The JSON body; undefined without one.</param>
/// <param name="RetryAfter">How long the exchange wants no requests.</param>
/// <param name="Failure">Why there is no readable reply; null when there is one.</param>
internal sealed record ExchangeReply(int Status, JsonElement Body, TimeSpan? RetryAfter, string? Failure)
{
    /// <summary>The status in place of a reply when the request was not sent.</summary>
    public const int NotSent = -1;

    /// <summary>The request was not sent, because its time was over.</summary>
    public static readonly ExchangeReply TooLate = new(NotSent, default, null, ExchangeOrder.TooLate);

    private const int MostRepeats = 2;

    /// <summary>Whether the reply reports success and can be read.</summary>
    public bool IsGood => Failure is null && Status is >= 200 and < 300;

    // The way or the exchange failed just now: the same question may well be answered at once.
    private bool MayBeAskedAgain => Status is 0 or >= 500 && RetryAfter is null;

    /// <summary>
    /// Asks for a page of a list; one after the first is asked for up to three times, so that the pages before it are not lost to one
    /// broken connection.
    /// </summary>
    /// <param name="page">Its number, from 0.</param>
    /// <param name="ask">Asks once.</param>
    public static async Task<ExchangeReply> OfPageAsync(int page, Func<Task<ExchangeReply>> ask)
    {
        var reply = await ask();
        for (var repeat = 0; page > 0 && reply.MayBeAskedAgain && repeat < MostRepeats; repeat++)
            reply = await ask();
        return reply;
    }
}
