using Trading.Contracts;

namespace Trading.Hosting.Stores;

/// <summary>An answer of a source as it came over HTTP.</summary>
/// <param name="Url">What was asked.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="ReceivedAt">When it had come (UTC).</param>
/// <param name="Body">The bytes of the body.</param>
public sealed record HttpAnswer(string Url, int Status, DateTimeOffset ReceivedAt, ReadOnlyMemory<byte> Body);

/// <summary>An answer of a source about a symbol, with or without a usable quote.</summary>
/// <param name="Symbol">What was asked for.</param>
/// <param name="Source">Who answered.</param>
/// <param name="Answer">What came.</param>
public sealed record RawAnswer(string Symbol, string Source, HttpAnswer Answer);

/// <summary>The answers and consensus prices of one interval.</summary>
/// <param name="IntervalStart">The interval.</param>
/// <param name="Prices">One for each symbol whose sources agreed; may be empty.</param>
/// <param name="Answers">Every answer, in the order in which they came.</param>
public sealed record Collected(DateTimeOffset IntervalStart, IReadOnlyList<PriceObserved> Prices, IReadOnlyList<RawAnswer> Answers);

/// <summary>A store failed or refused. The message is one line without secrets.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A store that collections are written to.</summary>
public interface IPriceSink
{
    /// <summary>Its name in settings, metrics and logs.</summary>
    string Name { get; }

    /// <summary>Most collections that it takes in one write.</summary>
    int MostAtOnce { get; }

    /// <summary>
    /// Creates table or bucket if the settings say so; called before the first write, and again until it has succeeded.
    /// </summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task PrepareAsync(CancellationToken cancellation);

    /// <summary>Writes collections; writing one again changes nothing.</summary>
    /// <returns>The reasons of what the store refuses for good, one line each; usually empty.</returns>
    /// <exception cref="StoreException">The store does not answer or refuses all of it; a retry may succeed.</exception>
    Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation);
}
