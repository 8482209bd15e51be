using Trading.Contracts;
using Trading.Core;

namespace Trading.Hosting.Settings;

/// <summary>Where prices come from.</summary>
public enum FeedKind
{
    /// <summary>Live, or the simulated feed when no live source answers at the start.</summary>
    Auto,

    /// <summary>The public interfaces of the exchanges.</summary>
    Live,

    /// <summary>Recorded candles from files.</summary>
    Recorded,

    /// <summary>Generated prices from a seed, always labelled as simulated; never for real trading.</summary>
    Simulated,

    /// <summary>
    /// The simulated market of trading demo: 60 days of past at once, then Speed times real time; always labelled as simulated.
    /// </summary>
    Demo,
}

/// <summary>What kinds of prices have in common.</summary>
public static class FeedKinds
{
    /// <summary>Whether prices are played: the clock follows them, and each waits for the decision on the one before.</summary>
    public static bool IsPlayed(this FeedKind feed) => feed is FeedKind.Recorded or FeedKind.Demo;

    /// <summary>Whether prices are made and not observed.</summary>
    public static bool IsSimulated(this FeedKind feed) => feed is FeedKind.Simulated or FeedKind.Demo;
}

// Settings: what is observed: sources, recorded candles, intervals.
public sealed partial record TradingSettings
{
    /// <summary>Where prices come from.</summary>
    public FeedKind Feed { get; init; } = FeedKind.Live;

    /// <summary>Live sources that are queried: coingecko, binance, coinbase, kraken.</summary>
    public IReadOnlyList<string> Sources { get; init; } = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>Most seconds that one source may take, retries included.</summary>
    public int SourceTimeoutSeconds { get; init; } = 10;

    /// <summary>Other addresses for sources, as source=url; the public ones when empty.</summary>
    public IReadOnlyList<string> SourceAddresses { get; init; } = [];

    /// <summary>Least number of live sources that must agree on a price.</summary>
    public int Quorum { get; init; } = 2;

    /// <summary>Older quotes are not part of the consensus.</summary>
    public int MaxQuoteAgeSeconds { get; init; } = 180;

    /// <summary>Quotes further than this from the median are not part of the consensus, in percent.</summary>
    public decimal MaxQuoteDeviationPercent { get; init; } = 1;

    /// <summary>Quote currencies that count as equal; each price names those that were used.</summary>
    public IReadOnlyList<string> QuoteCurrencies { get; init; } = ["USD", "USDT"];

    /// <summary>Files with recorded candles for Feed=recorded; of several symbols each says its own, as BTC-USD=file.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>First open time of the recorded candles (UTC), or first time of the demo; the beginning when empty.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>End of the run: open time of the first recorded candle after it (UTC); the end of the data when empty.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// Speed of a recorded run or of the demo as a multiple of real time, or max: each price follows as soon as the last decision is made.
    /// </summary>
    public string Speed { get; init; } = "max";

    /// <summary>Seed of simulated prices.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Seconds from one price to the next.</summary>
    public int PriceIntervalSeconds { get; init; } = 60;

    /// <summary>The live sources, one name each. The PriceCollector finds the class of each by its name.</summary>
    public static IReadOnlyList<string> KnownSources { get; } = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>What live quotes must satisfy.</summary>
    public ConsensusRules Consensus() => new(MaxQuoteAgeSeconds, MaxQuoteDeviationPercent, Quorum, QuoteCurrencies);

    /// <summary>The kind of prices as an account records it.</summary>
    public string MarketData() => Feed switch
    {
        FeedKind.Recorded => "recorded",
        FeedKind.Simulated or FeedKind.Demo => "simulated",
        _ => "live",
    };

    /// <summary>The factor of real time at which a recorded run goes; null for as fast as decisions are made.</summary>
    public double? SpeedFactor() =>
        double.TryParse(Speed, System.Globalization.CultureInfo.InvariantCulture, out var factor) ? factor : null;

    private void CheckPrices(SettingViolations violations)
    {
        violations.Must(Sources.Count > 0 && Sources.All(KnownSources.Contains), nameof(Sources),
            $"among {string.Join(", ", KnownSources)}", string.Join(',', Sources));
        violations.Must(SourceAddresses.All(address =>
            address.Split('=', 2) is [var source, var url] && KnownSources.Contains(source) && WebAddress.MayAsk(url, PlainHttpHosts)),
            nameof(SourceAddresses), $"source=address, for example binance=https://api.binance.com, the address {WebAddress.Wanted}",
            string.Join(',', SourceAddresses));
        violations.Must(SourceTimeoutSeconds is >= 1 and <= 300, nameof(SourceTimeoutSeconds), "1 to 300", SourceTimeoutSeconds);
        violations.Must(Quorum >= 1 && Quorum <= Math.Max(1, Sources.Count), nameof(Quorum),
            $"1 to the number of sources ({Sources.Count})", Quorum);
        violations.Must(MaxQuoteAgeSeconds is >= 1 and <= 86_400, nameof(MaxQuoteAgeSeconds), "1 to 86400", MaxQuoteAgeSeconds);
        violations.Must(MaxQuoteDeviationPercent is > 0 and <= 100, nameof(MaxQuoteDeviationPercent),
            "above 0 and at most 100", MaxQuoteDeviationPercent);
        violations.Must(QuoteCurrencies.Count > 0, nameof(QuoteCurrencies), "at least one currency", "empty");
        violations.Must(Feed != FeedKind.Recorded || Data.Count > 0, nameof(Data), "at least one file for Feed=recorded", "empty");
        violations.Must(Feed == FeedKind.Recorded || Data.Count == 0, nameof(Data), "empty unless Feed=recorded", string.Join(',', Data));
        violations.Must(Feed.IsPlayed() || From is null, nameof(From), "empty unless Feed=recorded or demo", From?.ToString("u", null));
        violations.Must(Feed.IsPlayed() || To is null, nameof(To), "empty unless Feed=recorded or demo", To?.ToString("u", null));
        violations.Must(Feed.IsPlayed() || SpeedFactor() is null, nameof(Speed), "max unless Feed=recorded or demo", Speed);
        foreach (var file in NamedFiles.Paths(Data).Where(file => !File.Exists(file)))
            violations.Add($"Trading:Data names a file that does not exist: {file}");
        violations.Must(Feed != FeedKind.Recorded || Data.Count == 0 || NameTheirSymbols(), nameof(Data),
            $"files of {string.Join(" and ", Symbols)}, each with its symbol, as {Symbols.FirstOrDefault("BTC-USD")}=file.csv",
            string.Join(',', Data));
        violations.Must(From is null || To is null || From < To, nameof(To),
            $"later than Trading:From ({From:u})", To?.ToString("u", null));
        violations.Must(Speed == "max" || SpeedFactor() is > 0 and <= 1_000_000, nameof(Speed),
            "max, or above 0 and at most 1000000", Speed);
        violations.Must(PriceIntervalSeconds is >= 1 and <= 86_400, nameof(PriceIntervalSeconds), "1 to 86400", PriceIntervalSeconds);
    }

    private bool NameTheirSymbols()
    {
        var named = Data.Select(file => NamedFiles.Of(file).Symbol).Distinct().ToList();
        return (Symbols.Count == 1 && named is [null])
            || named.Order(StringComparer.Ordinal).SequenceEqual(Symbols.Order(StringComparer.Ordinal));
    }
}
