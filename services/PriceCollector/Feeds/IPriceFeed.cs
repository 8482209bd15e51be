using Trading.Contracts;
using Trading.Hosting;

namespace Trading.Services.Feeds;

/// <summary>A source that can be asked for the current price of a symbol.</summary>
public interface IPriceFeed
{
    /// <summary>Name of the source in lower case, as it stands in quotes and settings.</summary>
    string Source { get; }

    /// <summary>Asks for the current price.</summary>
    /// <param name="symbol">Base and quote joined by a dash, for example BTC-USD.</param>
    /// <param name="cancellation">Ends the question early.</param>
    /// <param name="heard">Told of every answer as it came, also of those that give no quote.</param>
    /// <exception cref="PriceFeedException">The source gave no usable answer; the message is the reason.</exception>
    /// <exception cref="ArgumentException">The symbol is none that <see cref="SourceSymbol"/> knows: a mistake in the settings.</exception>
    Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null);
}

/// <summary>A source gave no usable answer. The message is one line for a person, as it stands in <see cref="MissingSource.Reason"/>.</summary>
public sealed class PriceFeedException : Exception
{
    internal PriceFeedException(SourceFault fault, string reason, Exception? inner = null)
        : base(reason, inner) => Fault = fault;

    internal SourceFault Fault { get; }

    /// <summary>How long the source asks to be left alone; null when it does not say.</summary>
    internal TimeSpan? RetryAfter { get; init; }
}

/// <summary>What a failure says about the source.</summary>
internal enum SourceFault
{
    /// <summary>It does not have this symbol; it may answer for others.</summary>
    Symbol,

    /// <summary>It would give the same answer if asked again at once.</summary>
    Lasting,

    /// <summary>It may answer if asked again soon.</summary>
    Passing,
}
