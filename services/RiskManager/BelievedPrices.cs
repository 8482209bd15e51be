using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;

namespace Trading.Services;

/// <summary>
/// Compares a price with the stored ones before the account acts on it: a message alone moves no money, and puts no price into the journal
/// that the history has otherwise. Its jump counts only where a mark, an exit or an order would follow.
/// </summary>
public sealed class BelievedPrices(IPriceHistory history, TradingSettings settings, TradingMetrics metrics, ILogger<BelievedPrices> log)
{
    private const int LeastSources = 2;
    private volatile object? _believed;

    /// <summary>Throws unless the price is believed.</summary>
    /// <param name="price">The price.</param>
    /// <param name="exit">Whether an exit would follow: then a history that does not answer stops nothing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ImpossibleMessageException">The history has another price of this interval, or the price jumps too far.</exception>
    /// <exception cref="StoreException">The history does not answer.</exception>
    public Task DemandAsync(PriceObserved price, bool exit, CancellationToken cancellation) =>
        CompareAsync(price, exit, jumps: true, cancellation);

    /// <summary>Throws where the history has another price of this interval; one that does not answer stops nothing.</summary>
    /// <exception cref="ImpossibleMessageException">The history has another price.</exception>
    public Task DemandStoredAsync(PriceObserved price, CancellationToken cancellation) =>
        CompareAsync(price, exit: true, jumps: false, cancellation);

    private async Task CompareAsync(PriceObserved price, bool exit, bool jumps, CancellationToken cancellation)
    {
        if (settings.Feed == FeedKind.Recorded || ReferenceEquals(_believed, price))
            return;
        try
        {
            var at = price.IntervalStart.ToUnixTimeSeconds();
            var last = await history.LastAsync(price.Symbol, price.IntervalSeconds, at, 2, cancellation);
            if (last.Any(stored => stored.UnixSeconds == at && stored.Price != price.Price))
                throw Refused("stored", price, $"the history has {last.First(stored => stored.UnixSeconds == at).Price} for that interval");
            if (!jumps)
                return;
            if (last.Where(stored => stored.UnixSeconds < at).Select(stored => (decimal?)stored.Price).LastOrDefault() is { } before
                && settings.MaxPriceJumpPercent > 0 && Math.Abs(price.Price / before - 1) * 100 > settings.MaxPriceJumpPercent
                && Sources(price) < LeastSources)
                throw Refused("jump", price, FormattableString.Invariant(
                    $"it lies more than {settings.MaxPriceJumpPercent} % from the last stored one, {before}, and has one source"));
            _believed = price;
        }
        catch (StoreException away) when (exit)
        {
            log.LogWarning("The price {Price} of {Symbol} could not be compared with the history: {Reason}", price.Price, price.Symbol,
                away.Message);
        }
    }

    private static int Sources(PriceObserved price) =>
        price.Quotes.Where(quote => quote.LeftOut is null).Select(quote => quote.Quote.Source).Distinct().Count();

    private ImpossibleMessageException Refused(string why, PriceObserved price, string text)
    {
        metrics.Refused(nameof(PriceObserved), why);
        return new(FormattableString.Invariant($"The price {price.Price} of {price.Symbol} at {price.IntervalStart:u} is not believed: ")
            + text);
    }
}
