using Trading.Contracts;

namespace Trading.Hosting;

/// <summary>Where prices come from.</summary>
public enum FeedKind
{
    /// <summary>Live, or the simulated feed when no live source answers at the start.</summary>
    Auto,

    /// <summary>The public interfaces of the exchanges.</summary>
    Live,

    /// <summary>Recorded candles from files.</summary>
    Recorded,

    /// <summary>Made-up prices from a seed, named as such wherever they show; never for real trading.</summary>
    Simulated,
}

// Settings: what is observed: sources, recorded candles, intervals.
public sealed partial record TradingSettings
{
    /// <summary>Where prices come from.</summary>
    public FeedKind Feed { get; init; } = FeedKind.Live;

    /// <summary>Live sources that are asked: coingecko, binance, coinbase, kraken.</summary>
    public IReadOnlyList<string> Sources { get; init; } = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>Most seconds that one source may take, retries included.</summary>
    public int SourceTimeoutSeconds { get; init; } = 10;

    /// <summary>Other addresses for sources, as source=url; the public ones when empty.</summary>
    public IReadOnlyList<string> SourceAddresses { get; init; } = [];

    /// <summary>Least number of live sources that must agree on a price.</summary>
    public int Quorum { get; init; } = 2;

    /// <summary>An older quote is left out of the consensus.</summary>
    public int MaxQuoteAgeSeconds { get; init; } = 180;

    /// <summary>A quote further than this from the median is left out, in percent.</summary>
    public decimal MaxQuoteDeviationPercent { get; init; } = 1;

    /// <summary>Quote currencies that are taken at par; the price names those that it was made of.</summary>
    public IReadOnlyList<string> QuoteCurrencies { get; init; } = ["USD", "USDT"];

    /// <summary>Files with recorded candles, .csv or .csv.gz, for Feed=recorded.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>First open time of the recorded candles (UTC); the beginning when empty.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Open time of the first recorded candle that is left out again (UTC); the end when empty.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Speed of a recorded run as a multiple of real time, or max: each price as soon as the last one is decided.</summary>
    public string Speed { get; init; } = "max";

    /// <summary>Seed of the simulated feed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Seconds from one price to the next.</summary>
    public int PriceIntervalSeconds { get; init; } = 60;

    /// <summary>The live sources that exist.</summary>
    public static IReadOnlyList<string> KnownSources { get; } = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>What live quotes must satisfy.</summary>
    public ConsensusRules Consensus() => new(MaxQuoteAgeSeconds, MaxQuoteDeviationPercent, Quorum, QuoteCurrencies);

    /// <summary>The factor of real time at which a recorded run goes; null for as fast as decisions are made.</summary>
    public double? SpeedFactor() =>
        double.TryParse(Speed, System.Globalization.CultureInfo.InvariantCulture, out var factor) ? factor : null;

    private void CheckPrices(SettingViolations violations)
    {
        violations.Must(Sources.Count > 0 && Sources.All(KnownSources.Contains), nameof(Sources), $"among {string.Join(", ", KnownSources)}", string.Join(',', Sources));
        violations.Must(SourceAddresses.All(address => address.Split('=', 2) is [var source, var url] && KnownSources.Contains(source) && Uri.TryCreate(url, UriKind.Absolute, out _)),
            nameof(SourceAddresses), "source=url, for example binance=https://api.binance.com", string.Join(',', SourceAddresses));
        violations.Must(SourceTimeoutSeconds is >= 1 and <= 300, nameof(SourceTimeoutSeconds), "1 to 300", SourceTimeoutSeconds);
        violations.Must(Quorum >= 1 && Quorum <= Math.Max(1, Sources.Count), nameof(Quorum), $"1 to the number of sources ({Sources.Count})", Quorum);
        violations.Must(MaxQuoteAgeSeconds is >= 1 and <= 86_400, nameof(MaxQuoteAgeSeconds), "1 to 86400", MaxQuoteAgeSeconds);
        violations.Must(MaxQuoteDeviationPercent is > 0 and <= 100, nameof(MaxQuoteDeviationPercent), "above 0 and at most 100", MaxQuoteDeviationPercent);
        violations.Must(QuoteCurrencies.Count > 0, nameof(QuoteCurrencies), "at least one currency", "empty");
        violations.Must(Feed != FeedKind.Recorded || Data.Count > 0, nameof(Data), "at least one file for Feed=recorded", "empty");
        violations.Must(Feed == FeedKind.Recorded || Data.Count == 0, nameof(Data), "empty unless Feed=recorded", string.Join(',', Data));
        foreach (var file in Data.Where(file => !File.Exists(file)))
            violations.Add($"Trading:Data names a file that does not exist: {file}");
        violations.Must(From is null || To is null || From < To, nameof(To), $"later than Trading:From ({From:u})", To?.ToString("u", null));
        violations.Must(Speed == "max" || SpeedFactor() is > 0 and <= 1_000_000, nameof(Speed), "max, or above 0 and at most 1000000", Speed);
        violations.Must(PriceIntervalSeconds is >= 1 and <= 86_400, nameof(PriceIntervalSeconds), "1 to 86400", PriceIntervalSeconds);
    }
}
