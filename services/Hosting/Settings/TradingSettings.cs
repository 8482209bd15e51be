using Trading.Core;
using Trading.Core.Strategies;
using Trading.Journal.Postgres;

namespace Trading.Hosting.Settings;

/// <summary>
/// Every setting of the system. Values come, later ones first, from command-line switches, environment variables (Trading__Name), the
/// settings file and the profile. Each key is the property's name under Trading.
/// </summary>
public sealed partial record TradingSettings
{
    /// <summary>The profile where none is named.</summary>
    public const string DefaultProfile = "local";

    /// <summary>The profile of the original system's technical rule, whose many decisions show what the system does.</summary>
    public const string TechnicalProfile = "technical";

    /// <summary>
    /// Profile with the values of settings that are not given: local, technical, dev or prod. Where none is named it is local, or technical
    /// where Strategy names another strategy than local's.
    /// </summary>
    public string Profile { get; init; } = TechnicalProfile;

    /// <summary>What is traded, base and quote joined by a dash.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = ["BTC-USD"];

    /// <summary>Name of the account in the journal.</summary>
    public string Account { get; init; } = "main";

    /// <summary>What carries the messages between the services.</summary>
    public TransportKind Transport { get; init; } = TransportKind.InMemory;

    /// <summary>
    /// AWS region of everything on AWS: SNS and SQS, Bedrock and SageMaker, DynamoDB, S3 and Timestream, Secrets Manager, and the bucket of
    /// anchors. Requests to other addresses are signed for it too.
    /// </summary>
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

    /// <summary>Who creates and changes the journal's tables: auto every program, none trading journal migrate alone.</summary>
    public JournalMigrationKind JournalMigration { get; init; } = JournalMigrationKind.Auto;

    /// <summary>
    /// How the journal outlives the loss of its server: synchronous (a standby has each commit, checked at the start of real trading),
    /// storage (copies below the server, as on RDS Multi-AZ and Aurora) or alone. An order that a lost commit recorded could be forgotten.
    /// </summary>
    public ReplicationKind JournalReplication { get; init; } = ReplicationKind.Synchronous;

    /// <summary>Data folder of the private server; the user's application data when empty.</summary>
    public string? JournalFolder { get; init; }

    /// <summary>
    /// Database of the journal; when empty, one for live prices, one for simulated ones, and a new one for each recorded run.
    /// </summary>
    public string? JournalDatabase { get; init; }

    /// <summary>
    /// Whether decisions that led to no order are stored packed: a third less disk for slower checks. Programs of versions before this
    /// setting cannot read what is packed.
    /// </summary>
    public bool PackHolds { get; init; }

    /// <summary>Journals of recorded runs and demos that the private server keeps, the last ones; 0 for all.</summary>
    public int KeepRuns { get; init; } = 10;

    /// <summary>Folder with PostgreSQL's server programs; searched for when empty.</summary>
    public string? PostgresFolder { get; init; }

    /// <summary>Port of the health and metrics pages; 0 for any free one.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Address that the pages are bound to.</summary>
    public string HttpAddress { get; init; } = "127.0.0.1";

    /// <summary>
    /// File with the certificate (PEM, with what it was issued by) under which the pages are served over TLS; without TLS when empty. A
    /// changed file holds from the next connection on.
    /// </summary>
    public string? HttpCertificateFile { get; init; }

    /// <summary>File with the private key of Trading:HttpCertificateFile (PEM), which only its owner may read.</summary>
    public string? HttpCertificateKeyFile { get; init; }

    /// <summary>Where telemetry goes (OTLP); nowhere when empty.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>The values of a profile for settings that are not given; null when there is no such profile.</summary>
    public static TradingSettings? ForProfile(string profile) => profile switch
    {
        TechnicalProfile => new(),
        // docs/decisions.md says how it was chosen. The exposure itself leaves a falling market: exits are for the unexpected.
        DefaultProfile => new()
        {
            Profile = DefaultProfile, Strategy = Trend.StrategyName, StrategyParameters = ["lookbacks=10/20/40"], TargetVolatility = 15,
            DecisionIntervalSeconds = 86_400, CostMultiple = 1, MaxTradeAmountUsd = 10_000, MaxPositionShare = 1, MaxExposureShare = 1,
            MaxDailyLossShare = 0.1m, MaxDrawdownShare = 0.35m,
            StopLossPercent = 0, TrailingStopPercent = 0, TakeProfitPercent = 0, TimeLimitSeconds = 0,
        },
        "dev" => new()
        {
            Profile = "dev", PriceIntervalSeconds = 300, DecisionIntervalSeconds = 300, MaxPriceAgeSeconds = 330,
            Models = ["bedrock"], LeastConfidence = 0.7,
            SignalThresholdPercent = 2, SignalConfidence = 0.75, CostMultiple = 1, Journal = JournalKind.Postgres,
            JournalMigration = JournalMigrationKind.None, Secrets = SecretsKind.Aws, Alerts = ["sns"],
            EnsembleWeights = EnsembleWeighting.TrackRecord,
            PriceStores = AwsPriceStores, TradeStores = KnownTradeStores,
            MaxLosingTrades = 4, MaxUnreviewedExecutions = 20, MaxOrdersPerDay = 50, DuplicateWindowSeconds = 60, CooldownSeconds = 600,
        },
        "prod" => new()
        {
            Profile = "prod", JournalReplication = ReplicationKind.Storage,
            DecisionIntervalSeconds = 300, MaxTradeAmountUsd = 10_000, EnableRealTrading = true,
            Models = ["bedrock", "huggingface", TechnicalModel.Name], LeastConfidence = 0.85,
            SignalThresholdPercent = 2, SignalConfidence = 0.75, CostMultiple = 1,
            Journal = JournalKind.Postgres, JournalMigration = JournalMigrationKind.None, Secrets = SecretsKind.Aws, Alerts = ["sns"],
            EnsembleWeights = EnsembleWeighting.TrackRecord,
            PriceStores = AwsPriceStores, TradeStores = KnownTradeStores,
            MaxLosingTrades = 4, MaxUnreviewedExecutions = 20, MaxOrdersPerDay = 50, DuplicateWindowSeconds = 60, CooldownSeconds = 600,
        },
        _ => null,
    };

    /// <summary>How predictions are made and filled.</summary>
    public PipelineRules Pipeline() => new(
        new(PriceIntervalSeconds, HorizonSeconds / PriceIntervalSeconds), DecisionIntervalSeconds, 2 * DecisionIntervalSeconds,
        PaperCosts(), EnsembleWeights);

    /// <summary>All errors, one line each; empty when the settings are valid.</summary>
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
        CheckTrust(violations);
        CheckBacktest(violations);
        CheckStores(violations);
        CheckControl(violations);
        CheckDashboard(violations);
        CheckAlerts(violations);
        return violations;
    }

    private void CheckProgram(SettingViolations violations)
    {
        violations.Must(Symbols.Count > 0 && Symbols.All(Plausibility.IsSymbol), nameof(Symbols),
            "symbols like BTC-USD", string.Join(',', Symbols));
        violations.Must(Account.Length is > 0 and <= 64 && Account.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
            nameof(Account), "1 to 64 letters, digits, - or _", Account);
        violations.Must(AwsRegion.Length > 0 && AwsRegion.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'),
            nameof(AwsRegion), "a region like us-east-1", AwsRegion);
        MustAsk(violations, nameof(AwsServiceUrl), AwsServiceUrl);
        violations.Must(Scope.Length is > 0 and <= 30 && Scope.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'),
            nameof(Scope), "1 to 30 small letters, digits or -", Scope);
        violations.Must(Journal != JournalKind.Postgres || !string.IsNullOrWhiteSpace(JournalConnection), nameof(JournalConnection),
            "a connection string for Journal=postgres", JournalConnection);
        // A secret, so its value is not shown.
        violations.Must(Journal != JournalKind.Postgres || string.IsNullOrWhiteSpace(JournalConnection) || IsConnection(JournalConnection),
            nameof(JournalConnection), "a connection string like Host=db;Username=trading", "one that cannot be used (not shown)");
        violations.Must(Profile != "prod" || Journal != JournalKind.Postgres || string.IsNullOrWhiteSpace(JournalConnection)
            || !IsConnection(JournalConnection) || PostgresConnection.IsProtected(JournalConnection), nameof(JournalConnection),
            "one with SSL Mode=VerifyFull, or to this machine, with profile prod", "another (not shown)");
        violations.Must(JournalDatabase is null || (JournalDatabase.Length is > 0 and <= 63
            && JournalDatabase.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')),
            nameof(JournalDatabase), "1 to 63 small letters, digits or _", JournalDatabase);
        violations.Must(Feed != FeedKind.Demo || Symbols.Count == 1, nameof(Symbols), "one symbol for Feed=demo",
            string.Join(',', Symbols));
        violations.Must(KeepRuns is >= 0 and <= 10_000, nameof(KeepRuns), "0 to 10000", KeepRuns);
        violations.Must(HttpPort is >= 0 and <= 65_535, nameof(HttpPort), "0 to 65535", HttpPort);
        violations.Must(System.Net.IPAddress.TryParse(HttpAddress, out _), nameof(HttpAddress), "an IP address", HttpAddress);
        violations.Must(HttpCertificateFile is null == (HttpCertificateKeyFile is null), nameof(HttpCertificateKeyFile),
            "given with Trading:HttpCertificateFile and only then", HttpCertificateKeyFile);
        MustAsk(violations, nameof(OtlpEndpoint), OtlpEndpoint);
    }

    private static bool IsConnection(string text)
    {
        try
        {
            return PostgresConnection.Of(text).Host is { Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
