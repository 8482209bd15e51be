using Trading.Contracts;
using Trading.MarketData;

namespace Trading.Services.Feeds;

/// <summary>Prices that are played one after the other, from the first to the last, while the clock follows them.</summary>
public interface IPlayedPrices : IDisposable
{
    /// <summary>Symbol of the quotes.</summary>
    string Symbol { get; }

    /// <summary>Currency of the prices.</summary>
    string Currency { get; }

    /// <summary>How many rows of the data could not be used so far.</summary>
    long RefusedCount { get; }

    /// <summary>The first of them, with their reasons.</summary>
    IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>The quotes in the order of their times, which rise strictly.</summary>
    IEnumerable<Quote> Quotes();
}
