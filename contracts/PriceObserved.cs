namespace Trading.Contracts;

/// <summary>The agreed price of a symbol at one instant, with everything it was agreed from. Published by PriceCollector.</summary>
/// <param name="PriceId">Derived from symbol, interval and <paramref name="IntervalStart"/>: collecting twice gives the same id.</param>
/// <param name="Symbol">Base and quote joined by a dash, for example BTC-USD.</param>
/// <param name="IntervalStart">
/// The instant, aligned to the interval, from which the price holds (UTC). A recorded candle is observed when it closes, so its price
/// carries the candle's open time plus the candle's interval: no price is known before its IntervalStart.
/// </param>
/// <param name="IntervalSeconds">Seconds from one price of this symbol to the next.</param>
/// <param name="ObservedAt">When the consensus was formed (UTC, by the process's clock; the data's clock in a recorded run).</param>
/// <param name="Price">Consensus price of one unit of the base currency; above 0.</param>
/// <param name="QuoteCurrencies">
/// Currencies of the quotes that count, for example "USD" or, where stablecoin quotes are taken at par, "USD,USDT".
/// </param>
/// <param name="Volume24hUsd">Largest 24-hour turnover that a counted source reported, in the quote currency; null when none did.</param>
/// <param name="MarketCapUsd">Largest market capitalisation that a counted source reported; null when none did.</param>
/// <param name="Change24hPercent">Median 24-hour change of the counted sources, in percent; null when none reported it.</param>
/// <param name="Simulated">True when the prices were made up by the simulated feed. Such a price never leads to a real order.</param>
/// <param name="Rules">What the quotes were judged by.</param>
/// <param name="Quotes">Every quote that arrived, counted or left out, in the order of the sources.</param>
/// <param name="Missing">Sources that were asked and gave no usable quote.</param>
public sealed record PriceObserved(
    Guid PriceId,
    string Symbol,
    DateTimeOffset IntervalStart,
    int IntervalSeconds,
    DateTimeOffset ObservedAt,
    decimal Price,
    string QuoteCurrencies,
    decimal? Volume24hUsd,
    decimal? MarketCapUsd,
    decimal? Change24hPercent,
    bool Simulated,
    ConsensusRules Rules,
    IReadOnlyList<JudgedQuote> Quotes,
    IReadOnlyList<MissingSource> Missing);

/// <summary>What a set of quotes must satisfy to give a price.</summary>
/// <param name="MaxAgeSeconds">Older quotes are left out; above 0.</param>
/// <param name="MaxDeviationPercent">Quotes further than this from the median are left out; above 0.</param>
/// <param name="Quorum">Least number of quotes that count; at least 1.</param>
/// <param name="Currencies">
/// Currencies that are taken at par, for example USD and USDT. A stablecoin is worth a dollar only while it holds its peg; a broken peg
/// shows as a deviation and the quote is left out.
/// </param>
public sealed record ConsensusRules(int MaxAgeSeconds, decimal MaxDeviationPercent, int Quorum, IReadOnlyList<string> Currencies);

/// <summary>One source's answer about one symbol.</summary>
/// <param name="Source">Name of the source in lower case, for example "binance".</param>
/// <param name="Currency">What the price is expressed in: USD, USDT, USDC, EUR.</param>
/// <param name="Price">Price of one unit of the base currency; above 0.</param>
/// <param name="Volume24hUsd">
/// Turnover of the last 24 hours in <paramref name="Currency"/>; null when the source does not report it.
/// </param>
/// <param name="MarketCapUsd">Market capitalisation in <paramref name="Currency"/>; null when the source does not report it.</param>
/// <param name="Change24hPercent">Price change over 24 hours in percent; null when the source does not report it.</param>
/// <param name="QuotedAt">The source's own time of the price where it gives one, else the time of arrival (UTC).</param>
public sealed record Quote(
    string Source,
    string Currency,
    decimal Price,
    decimal? Volume24hUsd,
    decimal? MarketCapUsd,
    decimal? Change24hPercent,
    DateTimeOffset QuotedAt);

/// <summary>A quote and whether it counted.</summary>
/// <param name="Quote">The quote as it arrived.</param>
/// <param name="LeftOut">Null when the quote counts, else why it does not.</param>
public sealed record JudgedQuote(Quote Quote, QuoteRejection? LeftOut);

/// <summary>Why a quote does not count.</summary>
public enum QuoteRejection
{
    /// <summary>The price is zero, negative, or too large to be one.</summary>
    Implausible,

    /// <summary>The quote is older than the allowed age.</summary>
    Stale,

    /// <summary>The quote's time lies further in the future than clocks may differ.</summary>
    FromTheFuture,

    /// <summary>The quote is in a currency that this symbol does not take.</summary>
    OtherCurrency,

    /// <summary>The price is further from the median than the allowed deviation.</summary>
    Outlier,

    /// <summary>A second quote of a source that has already been heard.</summary>
    SourceHeardTwice,
}

/// <summary>A source that gave no usable answer.</summary>
/// <param name="Source">Name of the source in lower case.</param>
/// <param name="Reason">One line for a person: time-out, HTTP status, what could not be read.</param>
public sealed record MissingSource(string Source, string Reason);
