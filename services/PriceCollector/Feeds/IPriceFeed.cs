using Trading.Contracts;
using Trading.Hosting.Stores;

namespace Trading.Services.Feeds;

/// <summary>A source of current prices.</summary>
public interface IPriceFeed
{
    /// <summary>Name of the source in lower case, as in quotes and settings.</summary>
    string Source { get; }

    /// <summary>Queries the current price.</summary>
    /// <param name="symbol">Base and quote joined by a dash, for example BTC-USD.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="heard">Gets every raw answer, also those without a quote.</param>
    /// <exception cref="PriceFeedException">The source gave no usable answer; the message is the reason.</exception>
    /// <exception cref="ArgumentException"><see cref="SourceSymbol"/> does not know the symbol: a mistake in the settings.</exception>
    Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null);
}

/// <summary>
/// A source gave no usable answer. The message is one line for a person, as in <see cref="MissingSource.Reason"/>.
/// </summary>
public sealed class PriceFeedException : Exception
{
    internal PriceFeedException(SourceFault fault, string reason, Exception? inner = null)
        : base(reason, inner) => Fault = fault;

    internal SourceFault Fault { get; }

    /// <summary>The pause that the source asks for; null when it names none.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}

/// <summary>What a failure says about the source.</summary>
internal enum SourceFault
{
    /// <summary>It does not have this symbol; others may work.</summary>
    Symbol,

    /// <summary>A retry now would fail in the same way.</summary>
    Lasting,

    /// <summary>A retry soon may succeed.</summary>
    Passing,
}
