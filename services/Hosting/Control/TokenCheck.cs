using Microsoft.Extensions.Logging;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>An address gave too many wrong tokens and has to wait.</summary>
/// <param name="address">The address.</param>
/// <param name="wait">How long, above zero.</param>
public sealed class TooManyTokensException(string address, TimeSpan wait) : Exception(FormattableString.Invariant(
    $"too many wrong tokens from {address}: the next is looked at in {Math.Ceiling(wait.TotalSeconds)} s"))
{
    /// <summary>How long until the next is looked at.</summary>
    public TimeSpan Wait { get; } = wait;
}

/// <summary>
/// Who holds a token, for /control and the dashboard alike. Whoever guesses waits longer each time, and is told once an hour: in the log,
/// and through the journal as an alert.
/// </summary>
/// <param name="tokens">The tokens.</param>
/// <param name="backOff">Who has to wait.</param>
/// <param name="tell">Tells it through the journal; null where the program may not write there.</param>
/// <param name="clock">The time.</param>
/// <param name="log">The log.</param>
public sealed class TokenCheck(NamedTokens tokens, BackOff backOff, Func<string, Task>? tell, TimeProvider clock, ILogger<TokenCheck> log)
{
    /// <summary>By whom wrong tokens are noted in the journal.</summary>
    public const string By = "token-check";

    /// <summary>What is noted.</summary>
    public const string Noted = "wrong tokens";

    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private long? _told;

    /// <summary>The holder of a token; null when it is nobody's.</summary>
    /// <param name="address">Who asks.</param>
    /// <param name="value">The token.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="TooManyTokensException">The address has to wait.</exception>
    /// <exception cref="Secrets.SecretException">No token has this value, and that of one cannot be read.</exception>
    public async Task<NamedToken?> FindAsync(string address, string value, CancellationToken cancellation)
    {
        if (backOff.Wait(address) is { Ticks: > 0 } wait)
            throw new TooManyTokensException(address, wait);
        if (await tokens.FindAsync(value, cancellation) is { } token)
        {
            backOff.Succeeded(address);
            return token;
        }
        backOff.Failed(address);
        log.LogWarning("A wrong token from {Address}", address);
        if (backOff.Wait(address) > TimeSpan.Zero && IsNews())
            await TellAsync(address);
        return null;
    }

    private bool IsNews()
    {
        lock (_gate)
        {
            if (_told is { } last && clock.GetElapsedTime(last) < ToldAgainAfter)
                return false;
            _told = clock.GetTimestamp();
            return true;
        }
    }

    private async Task TellAsync(string address)
    {
        var reason = $"{BackOff.Free} wrong tokens from {address}";
        log.LogError("{Reason}: it waits, longer after each further one", reason);
        try
        {
            if (tell is not null)
                await tell(reason);
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            log.LogError("Wrong tokens could not be noted in the journal: {Reason}", failed.Message);
        }
    }
}
