using Trading.Contracts;
using Npgsql;
using Trading.Core;

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

/// <summary>Where the journal's PostgreSQL is.</summary>
public enum JournalKind
{
    /// <summary>A private server that this program starts and stops.</summary>
    Local,

    /// <summary>The server that JournalConnection names.</summary>
    Postgres,

    /// <summary>A server in a container that this program starts and stops.</summary>
    Container,
}

/// <summary>What carries the messages.</summary>
public enum TransportKind
{
    /// <summary>Within this process; for AllInOne.</summary>
    InMemory,

    /// <summary>Amazon SNS and SQS, or anything that speaks their protocols.</summary>
    AmazonSqs,
}

/// <summary>
/// Every setting of the system. Values come, later ones first, from command-line switches, environment variables (Trading__Name), the settings file and
/// the profile. Each key is the property's name under Trading.
/// </summary>
public sealed record TradingSettings
{
    /// <summary>Profile whose values hold where nothing else is said: local, dev or prod.</summary>
    public string Profile { get; init; } = "local";

    /// <summary>What is traded, base and quote joined by a dash.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = ["BTC-USD"];

    /// <summary>Name of the account in the journal.</summary>
    public string Account { get; init; } = "main";

    /// <summary>What carries the messages between the services.</summary>
    public TransportKind Transport { get; init; } = TransportKind.InMemory;

    /// <summary>AWS region of the transport.</summary>
    public string AwsRegion { get; init; } = "us-east-1";

    /// <summary>Another endpoint that speaks SNS and SQS, for example http://localhost:4566; AWS's own when empty.</summary>
    public string? AwsServiceUrl { get; init; }

    /// <summary>Prefix of topic and queue names, so that several systems share an AWS account.</summary>
    public string Scope { get; init; } = "trading";

    /// <summary>Where the journal's PostgreSQL is.</summary>
    public JournalKind Journal { get; init; } = JournalKind.Local;

    /// <summary>Connection string of the server for Journal=postgres. A secret: never logged.</summary>
    public string? JournalConnection { get; init; }

    /// <summary>Data folder of the private server; the user's application data when empty.</summary>
    public string? JournalFolder { get; init; }

    /// <summary>Database of the journal; when empty, one for live prices, one for simulated ones, and a new one for each recorded run.</summary>
    public string? JournalDatabase { get; init; }

    /// <summary>Folder with PostgreSQL's server programs; searched for when empty.</summary>
    public string? PostgresFolder { get; init; }

    /// <summary>Seconds from one seal of the journal to the next, by the Executor that leads; 0 seals nothing.</summary>
    public int SealIntervalSeconds { get; init; } = 10;

    /// <summary>File with the key that seals; in the journal's folder, and made at the first start, for a private journal when empty.</summary>
    public string? SealKeyFile { get; init; }

    /// <summary>The key that seals itself, in place of its file. A secret: never logged.</summary>
    public string? SealKey { get; init; }

    /// <summary>Where checkpoints are kept outside of the journal as well: folder.</summary>
    public IReadOnlyList<string> Anchors { get; init; } = [];

    /// <summary>Folder for Anchors=folder: a file for each checkpoint, never overwritten.</summary>
    public string? AnchorFolder { get; init; }

    /// <summary>Least seconds between two checkpoints that are kept outside.</summary>
    public int AnchorIntervalSeconds { get; init; } = 3600;

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

    /// <summary>Seconds from one decision to the next; a multiple of PriceIntervalSeconds.</summary>
    public int DecisionIntervalSeconds { get; init; } = 60;

    /// <summary>How far ahead predictions look; a multiple of PriceIntervalSeconds.</summary>
    public int HorizonSeconds { get; init; } = 3600;

    /// <summary>Models that are asked, by name.</summary>
    public IReadOnlyList<string> Models { get; init; } = [TechnicalModel.Name];

    /// <summary>Least predicted move that asks for a trade, in percent.</summary>
    public double SignalThresholdPercent { get; init; } = 0.15;

    /// <summary>A buy asks for more confidence than this, 0 to 1.</summary>
    public double SignalConfidence { get; init; } = 0.55;

    /// <summary>Least confidence that risk lets pass, 0 to 1.</summary>
    public double RiskThreshold { get; init; } = 0.6;

    /// <summary>Largest value of one order.</summary>
    public decimal MaxTradeAmountUsd { get; init; } = 100;

    /// <summary>Largest share of equity in one symbol, 0 to 1.</summary>
    public decimal MaxPositionShare { get; init; } = 0.25m;

    /// <summary>Share of equity that stays in cash, 0 to 1.</summary>
    public decimal CashReserveShare { get; init; } = 0.01m;

    /// <summary>Loss in one UTC day, as a share of equity, from which on nothing is bought.</summary>
    public decimal MaxDailyLossShare { get; init; } = 0.03m;

    /// <summary>An older price is not traded on.</summary>
    public int MaxPriceAgeSeconds { get; init; } = 90;

    /// <summary>How far from the observed price an order may fill, in percent.</summary>
    public decimal WorstPriceMarginPercent { get; init; } = 0.5m;

    /// <summary>Smallest step of a quantity.</summary>
    public decimal LotSize { get; init; } = 0.00001m;

    /// <summary>Least value of an order.</summary>
    public decimal LeastOrderValueUsd { get; init; } = 5;

    /// <summary>Exchange that orders go to.</summary>
    public string Exchange { get; init; } = PaperFill.Exchange;

    /// <summary>Whether orders may cost real money.</summary>
    public bool EnableRealTrading { get; init; }

    /// <summary>Cash of a new paper account.</summary>
    public decimal StartingCashUsd { get; init; } = 10_000;

    /// <summary>Fee on paper, in percent of an order's value.</summary>
    public decimal PaperFeePercent { get; init; } = 0.1m;

    /// <summary>Distance between bid and ask on paper, in percent.</summary>
    public decimal PaperSpreadPercent { get; init; } = 0.02m;

    /// <summary>How much further the price moves against an order on paper, in percent.</summary>
    public decimal PaperSlippagePercent { get; init; } = 0.02m;

    /// <summary>Smallest step of a price.</summary>
    public decimal TickSize { get; init; } = 0.01m;

    /// <summary>Port of the health and metrics pages; 0 for any free one.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Address that the pages are bound to.</summary>
    public string HttpAddress { get; init; } = "127.0.0.1";

    /// <summary>Where telemetry goes (OTLP); nowhere when empty.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>The values that hold for a profile where nothing else is said; null when there is no such profile.</summary>
    public static TradingSettings? ForProfile(string profile) => profile switch
    {
        "local" => new(),
        "dev" => new()
        {
            Profile = "dev", PriceIntervalSeconds = 300, DecisionIntervalSeconds = 300, MaxPriceAgeSeconds = 330, Models = ["bedrock"], RiskThreshold = 0.7,
            SignalThresholdPercent = 2, SignalConfidence = 0.75, Journal = JournalKind.Postgres,
        },
        "prod" => new()
        {
            Profile = "prod", DecisionIntervalSeconds = 300, MaxTradeAmountUsd = 10_000, EnableRealTrading = true,
            Models = ["bedrock", "huggingface", TechnicalModel.Name], RiskThreshold = 0.85, SignalThresholdPercent = 2, SignalConfidence = 0.75,
            Journal = JournalKind.Postgres,
        },
        _ => null,
    };

    /// <summary>The limits that these settings put in force.</summary>
    public RiskLimits Limits() => new(
        new(SignalThresholdPercent, SignalConfidence), RiskThreshold, MaxTradeAmountUsd, MaxPositionShare, CashReserveShare, MaxDailyLossShare,
        MaxPriceAgeSeconds, WorstPriceMarginPercent, PaperFeePercent, LotSize, LeastOrderValueUsd);

    /// <summary>How predictions are made and filled.</summary>
    public PipelineRules Pipeline() => new(
        new(PriceIntervalSeconds, HorizonSeconds / PriceIntervalSeconds), DecisionIntervalSeconds, 2 * DecisionIntervalSeconds,
        new(PaperFeePercent, PaperSpreadPercent, PaperSlippagePercent, TickSize));

    /// <summary>What live quotes must satisfy.</summary>
    public ConsensusRules Consensus() => new(MaxQuoteAgeSeconds, MaxQuoteDeviationPercent, Quorum, QuoteCurrencies);

    /// <summary>The factor of real time at which a recorded run goes; null for as fast as decisions are made.</summary>
    public double? SpeedFactor() =>
        double.TryParse(Speed, System.Globalization.CultureInfo.InvariantCulture, out var factor) ? factor : null;

    /// <summary>Everything that is wrong, one line each; empty when the settings can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var wrong = new List<string>();
        void Must(bool holds, string name, string what, object? was)
        {
            if (!holds)
                wrong.Add(FormattableString.Invariant($"Trading:{name} must be {what}, was {(was is bool flag ? flag ? "true" : "false" : was ?? "empty")}"));
        }

        Must(Symbols.Count > 0 && Symbols.All(Plausibility.IsSymbol), nameof(Symbols), "symbols like BTC-USD", string.Join(',', Symbols));
        Must(Account.Length is > 0 and <= 64 && Account.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), nameof(Account), "1 to 64 letters, digits, - or _", Account);
        Must(AwsRegion.Length > 0 && AwsRegion.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), nameof(AwsRegion), "a region like us-east-1", AwsRegion);
        Must(AwsServiceUrl is null || Uri.TryCreate(AwsServiceUrl, UriKind.Absolute, out _), nameof(AwsServiceUrl), "a URL", AwsServiceUrl);
        Must(Scope.Length is > 0 and <= 30 && Scope.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), nameof(Scope), "1 to 30 small letters, digits or -", Scope);
        Must(Journal != JournalKind.Postgres || !string.IsNullOrWhiteSpace(JournalConnection), nameof(JournalConnection), "a connection string for Journal=postgres", JournalConnection);
        // A secret, so what was wrong with it is not shown.
        Must(Journal != JournalKind.Postgres || string.IsNullOrWhiteSpace(JournalConnection) || IsConnection(JournalConnection),
            nameof(JournalConnection), "a connection string like Host=db;Username=trading", "one that cannot be used (not shown)");
        Must(JournalDatabase is null || (JournalDatabase.Length is > 0 and <= 63 && JournalDatabase.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')),
            nameof(JournalDatabase), "1 to 63 small letters, digits or _", JournalDatabase);
        Must(SealIntervalSeconds is >= 0 and <= 86_400, nameof(SealIntervalSeconds), "0 to 86400", SealIntervalSeconds);
        Must(SealKey is null || SealKeyFile is null, nameof(SealKeyFile), "empty where Trading:SealKey is set", SealKeyFile);
        Must(Anchors.All(KnownAnchors.Contains), nameof(Anchors), $"among {string.Join(", ", KnownAnchors)}", string.Join(',', Anchors));
        Must(!Anchors.Contains("folder") || !string.IsNullOrWhiteSpace(AnchorFolder), nameof(AnchorFolder), "a folder for Trading:Anchors=folder", AnchorFolder);
        Must(AnchorIntervalSeconds is >= 0 and <= 31_536_000, nameof(AnchorIntervalSeconds), "0 to 31536000", AnchorIntervalSeconds);
        Must(Sources.Count > 0 && Sources.All(KnownSources.Contains), nameof(Sources), $"among {string.Join(", ", KnownSources)}", string.Join(',', Sources));
        Must(SourceAddresses.All(address => address.Split('=', 2) is [var source, var url] && KnownSources.Contains(source) && Uri.TryCreate(url, UriKind.Absolute, out _)),
            nameof(SourceAddresses), "source=url, for example binance=https://api.binance.com", string.Join(',', SourceAddresses));
        Must(SourceTimeoutSeconds is >= 1 and <= 300, nameof(SourceTimeoutSeconds), "1 to 300", SourceTimeoutSeconds);
        Must(Quorum >= 1 && Quorum <= Math.Max(1, Sources.Count), nameof(Quorum), $"1 to the number of sources ({Sources.Count})", Quorum);
        Must(MaxQuoteAgeSeconds is >= 1 and <= 86_400, nameof(MaxQuoteAgeSeconds), "1 to 86400", MaxQuoteAgeSeconds);
        Must(MaxQuoteDeviationPercent is > 0 and <= 100, nameof(MaxQuoteDeviationPercent), "above 0 and at most 100", MaxQuoteDeviationPercent);
        Must(QuoteCurrencies.Count > 0, nameof(QuoteCurrencies), "at least one currency", "empty");
        Must(Feed != FeedKind.Recorded || Data.Count > 0, nameof(Data), "at least one file for Feed=recorded", "empty");
        Must(Feed == FeedKind.Recorded || Data.Count == 0, nameof(Data), "empty unless Feed=recorded", string.Join(',', Data));
        Must(Feed != FeedKind.Recorded || Symbols.Count == 1, nameof(Symbols), "one symbol for Feed=recorded", string.Join(',', Symbols));
        foreach (var file in Data.Where(file => !File.Exists(file)))
            wrong.Add($"Trading:Data names a file that does not exist: {file}");
        Must(From is null || To is null || From < To, nameof(To), $"later than Trading:From ({From:u})", To?.ToString("u", null));
        Must(Speed == "max" || SpeedFactor() is > 0 and <= 1_000_000, nameof(Speed), "max, or above 0 and at most 1000000", Speed);
        Must(PriceIntervalSeconds is >= 1 and <= 86_400, nameof(PriceIntervalSeconds), "1 to 86400", PriceIntervalSeconds);
        Must(IsMultiple(DecisionIntervalSeconds), nameof(DecisionIntervalSeconds), $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds})", DecisionIntervalSeconds);
        Must(IsMultiple(HorizonSeconds) && HorizonSeconds / Math.Max(1, PriceIntervalSeconds) <= 10_000, nameof(HorizonSeconds),
            $"a multiple of Trading:PriceIntervalSeconds ({PriceIntervalSeconds}), at most 10000 of them", HorizonSeconds);
        Must(Models.Count > 0 && Models.All(model => model == TechnicalModel.Name), nameof(Models), $"{TechnicalModel.Name} (other models are not in this version)", string.Join(',', Models));
        Must(SignalThresholdPercent is > 0 and <= 100, nameof(SignalThresholdPercent), "above 0 and at most 100", SignalThresholdPercent);
        Must(SignalConfidence is >= 0 and <= 1, nameof(SignalConfidence), "0 to 1", SignalConfidence);
        Must(RiskThreshold is >= 0 and <= 1, nameof(RiskThreshold), "0 to 1", RiskThreshold);
        Must(MaxTradeAmountUsd is > 0 and <= 1_000_000_000, nameof(MaxTradeAmountUsd), "above 0 and at most 1000000000", MaxTradeAmountUsd);
        Must(MaxPositionShare is > 0 and <= 1, nameof(MaxPositionShare), "above 0 and at most 1", MaxPositionShare);
        Must(CashReserveShare is >= 0 and < 1, nameof(CashReserveShare), "0 to below 1", CashReserveShare);
        Must(MaxDailyLossShare is > 0 and <= 1, nameof(MaxDailyLossShare), "above 0 and at most 1", MaxDailyLossShare);
        Must(MaxPriceAgeSeconds is >= 1 and <= 86_400, nameof(MaxPriceAgeSeconds), "1 to 86400", MaxPriceAgeSeconds);
        Must(WorstPriceMarginPercent is >= 0 and <= 50, nameof(WorstPriceMarginPercent), "0 to 50", WorstPriceMarginPercent);
        Must(LotSize is > 0 and <= 1_000_000, nameof(LotSize), "above 0 and at most 1000000", LotSize);
        Must(LeastOrderValueUsd > 0 && LeastOrderValueUsd <= MaxTradeAmountUsd, nameof(LeastOrderValueUsd), $"above 0 and at most Trading:MaxTradeAmountUsd ({MaxTradeAmountUsd})", LeastOrderValueUsd);
        Must(Exchange == PaperFill.Exchange, nameof(Exchange), $"{PaperFill.Exchange} (other exchanges are not in this version)", Exchange);
        Must(!EnableRealTrading || Exchange != PaperFill.Exchange, nameof(EnableRealTrading), $"false with Trading:Exchange={Exchange}", EnableRealTrading);
        Must(!EnableRealTrading || Feed == FeedKind.Live, nameof(EnableRealTrading), $"false with Trading:Feed={Feed.ToString().ToLowerInvariant()}", EnableRealTrading);
        Must(!EnableRealTrading || Journal == JournalKind.Postgres, nameof(EnableRealTrading), "false with a journal that is private to the process", EnableRealTrading);
        Must(StartingCashUsd is > 0 and <= 1_000_000_000_000, nameof(StartingCashUsd), "above 0 and at most 1000000000000", StartingCashUsd);
        Must(PaperFeePercent is >= 0 and <= 10, nameof(PaperFeePercent), "0 to 10", PaperFeePercent);
        Must(PaperSpreadPercent is >= 0 and <= 10, nameof(PaperSpreadPercent), "0 to 10", PaperSpreadPercent);
        Must(PaperSlippagePercent is >= 0 and <= 10, nameof(PaperSlippagePercent), "0 to 10", PaperSlippagePercent);
        Must(TickSize is > 0 and <= 1_000_000, nameof(TickSize), "above 0 and at most 1000000", TickSize);
        Must(HttpPort is >= 0 and <= 65_535, nameof(HttpPort), "0 to 65535", HttpPort);
        Must(System.Net.IPAddress.TryParse(HttpAddress, out _), nameof(HttpAddress), "an IP address", HttpAddress);
        Must(OtlpEndpoint is null || Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out _), nameof(OtlpEndpoint), "a URL", OtlpEndpoint);
        return wrong;

        bool IsMultiple(int seconds) => PriceIntervalSeconds > 0 && seconds > 0 && seconds % PriceIntervalSeconds == 0;
    }

    /// <summary>The live sources that exist.</summary>
    public static IReadOnlyList<string> KnownSources { get; } = ["coingecko", "binance", "coinbase", "kraken"];

    /// <summary>The anchors that exist.</summary>
    public static IReadOnlyList<string> KnownAnchors { get; } = ["folder"];

    private static bool IsConnection(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
