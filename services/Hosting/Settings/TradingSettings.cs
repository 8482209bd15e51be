using Npgsql;
using Trading.Core;

namespace Trading.Hosting;

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
public sealed partial record TradingSettings
{
    /// <summary>Profile whose values hold where nothing else is said: local, dev or prod.</summary>
    public string Profile { get; init; } = "local";

    /// <summary>What is traded, base and quote joined by a dash.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = ["BTC-USD"];

    /// <summary>Name of the account in the journal.</summary>
    public string Account { get; init; } = "main";

    /// <summary>What carries the messages between the services.</summary>
    public TransportKind Transport { get; init; } = TransportKind.InMemory;

    /// <summary>AWS region of everything on AWS: SNS and SQS, Bedrock and SageMaker, DynamoDB, S3 and Timestream, Secrets Manager, and the bucket of anchors. Requests to other addresses are signed for it too.</summary>
    public string AwsRegion { get; init; } = "us-east-1";

    /// <summary>Another endpoint that speaks SNS and SQS, for example http://localhost:4566; AWS's own when empty.</summary>
    public string? AwsServiceUrl { get; init; }

    /// <summary>Prefix of topic and queue names, so that several systems share an AWS account.</summary>
    public string Scope { get; init; } = "trading";

    /// <summary>Where the journal's PostgreSQL is.</summary>
    public JournalKind Journal { get; init; } = JournalKind.Local;

    /// <summary>Connection string of the server for Journal=postgres. A secret: never logged.</summary>
    [Secret]
    public string? JournalConnection { get; init; }

    /// <summary>Data folder of the private server; the user's application data when empty.</summary>
    public string? JournalFolder { get; init; }

    /// <summary>Database of the journal; when empty, one for live prices, one for simulated ones, and a new one for each recorded run.</summary>
    public string? JournalDatabase { get; init; }

    /// <summary>Folder with PostgreSQL's server programs; searched for when empty.</summary>
    public string? PostgresFolder { get; init; }

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
            SignalThresholdPercent = 2, SignalConfidence = 0.75, Journal = JournalKind.Postgres, Secrets = SecretsKind.Aws, Alerts = ["sns"], EnsembleWeights = EnsembleWeighting.TrackRecord,
            PriceStores = AwsPriceStores, TradeStores = KnownTradeStores,
            MaxLosingTrades = 4, MaxUnreviewedExecutions = 20, MaxOrdersPerDay = 50, DuplicateWindowSeconds = 60, CooldownSeconds = 600,
        },
        "prod" => new()
        {
            Profile = "prod", DecisionIntervalSeconds = 300, MaxTradeAmountUsd = 10_000, EnableRealTrading = true,
            Models = ["bedrock", "huggingface", TechnicalModel.Name], RiskThreshold = 0.85, SignalThresholdPercent = 2, SignalConfidence = 0.75,
            Journal = JournalKind.Postgres, Secrets = SecretsKind.Aws, Alerts = ["sns"], EnsembleWeights = EnsembleWeighting.TrackRecord,
            PriceStores = AwsPriceStores, TradeStores = KnownTradeStores,
            MaxLosingTrades = 4, MaxUnreviewedExecutions = 20, MaxOrdersPerDay = 50, DuplicateWindowSeconds = 60, CooldownSeconds = 600,
        },
        _ => null,
    };

    /// <summary>How predictions are made and filled.</summary>
    public PipelineRules Pipeline() => new(
        new(PriceIntervalSeconds, HorizonSeconds / PriceIntervalSeconds), DecisionIntervalSeconds, 2 * DecisionIntervalSeconds, PaperCosts(), EnsembleWeights);

    /// <summary>Everything that is wrong, one line each; empty when the settings can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        var violations = new SettingViolations();
        CheckProgram(violations);
        CheckPrices(violations);
        CheckModels(violations);
        CheckRisk(violations);
        CheckExchange(violations);
        CheckExchangeConnection(violations);
        CheckAudit(violations);
        CheckSecrets(violations);
        CheckBacktest(violations);
        CheckStores(violations);
        CheckControl(violations);
        CheckAlerts(violations);
        return violations;
    }

    private void CheckProgram(SettingViolations violations)
    {
        violations.Must(Symbols.Count > 0 && Symbols.All(Plausibility.IsSymbol), nameof(Symbols), "symbols like BTC-USD", string.Join(',', Symbols));
        violations.Must(Account.Length is > 0 and <= 64 && Account.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'), nameof(Account), "1 to 64 letters, digits, - or _", Account);
        violations.Must(AwsRegion.Length > 0 && AwsRegion.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), nameof(AwsRegion), "a region like us-east-1", AwsRegion);
        violations.Must(AwsServiceUrl is null || Uri.TryCreate(AwsServiceUrl, UriKind.Absolute, out _), nameof(AwsServiceUrl), "a URL", AwsServiceUrl);
        violations.Must(Scope.Length is > 0 and <= 30 && Scope.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), nameof(Scope), "1 to 30 small letters, digits or -", Scope);
        violations.Must(Journal != JournalKind.Postgres || !string.IsNullOrWhiteSpace(JournalConnection), nameof(JournalConnection), "a connection string for Journal=postgres", JournalConnection);
        // A secret, so what was wrong with it is not shown.
        violations.Must(Journal != JournalKind.Postgres || string.IsNullOrWhiteSpace(JournalConnection) || IsConnection(JournalConnection),
            nameof(JournalConnection), "a connection string like Host=db;Username=trading", "one that cannot be used (not shown)");
        violations.Must(JournalDatabase is null || (JournalDatabase.Length is > 0 and <= 63 && JournalDatabase.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')),
            nameof(JournalDatabase), "1 to 63 small letters, digits or _", JournalDatabase);
        violations.Must(Feed != FeedKind.Recorded || Symbols.Count == 1, nameof(Symbols), "one symbol for Feed=recorded", string.Join(',', Symbols));
        violations.Must(HttpPort is >= 0 and <= 65_535, nameof(HttpPort), "0 to 65535", HttpPort);
        violations.Must(System.Net.IPAddress.TryParse(HttpAddress, out _), nameof(HttpAddress), "an IP address", HttpAddress);
        violations.Must(OtlpEndpoint is null || Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out _), nameof(OtlpEndpoint), "a URL", OtlpEndpoint);
    }

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
