using System.Globalization;
using System.Text.RegularExpressions;

namespace Trading.Infra;

/// <summary>What was asked for cannot be deployed. One line for each thing that is wrong.</summary>
public sealed class DeploymentException(string message) : Exception(message);

/// <summary>What is deployed, and where: all that a context value of the command line can say.</summary>
public sealed partial record Deployment
{
    /// <summary>How large and how well protected everything is.</summary>
    public required Stage Stage { get; init; }

    /// <summary>The account; that of the credentials at the deployment when null.</summary>
    public string? Account { get; init; }

    /// <summary>The region.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The zones, by name: they are given and not looked up.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>The application's Scope: what queue and topic names begin with.</summary>
    public string Scope { get; init; } = DefaultScope;

    /// <summary>Processors of the nodes: arm64 or amd64. The image is built for both.</summary>
    public string Architecture { get; init; } = "arm64";

    /// <summary>The exchange whose key gets a secret: paper needs none.</summary>
    public string Exchange { get; init; } = "paper";

    /// <summary>Model id or inference profile that the Predictor may ask on Bedrock.</summary>
    public string BedrockModel { get; init; } = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

    /// <summary>Version of Aurora PostgreSQL.</summary>
    public string PostgresVersion { get; init; } = "17.5";

    /// <summary>Whether there is a Timestream database: only accounts that had one before 20 June 2025 can make one.</summary>
    public bool Timestream { get; init; }

    /// <summary>Container of the SageMaker endpoint; no endpoint when null.</summary>
    public string? HuggingFaceImage { get; init; }

    /// <summary>The model's files for that container, an S3 address; those in the container when null.</summary>
    public string? HuggingFaceModelData { get; init; }

    /// <summary>Whether the queue exists by which recorded runs are paced. In a live system nobody reads it: it would only fill.</summary>
    public bool RecordedRuns { get; init; }

    /// <summary>Address ranges that may reach the cluster's API from outside of the VPC; none when empty.</summary>
    public IReadOnlyList<string> KubectlFrom { get; init; } = [];

    /// <summary>
    /// Issuer of the cluster's own tokens, without https://: roles may then be taken by IRSA too, where there is no agent of EKS Pod
    /// Identity. It is known once the cluster exists; null for Pod Identity alone.
    /// </summary>
    public string? OidcIssuer { get; init; }

    /// <summary>Who receives alarms and trades by e-mail; nobody when null.</summary>
    public string? AlertEmail { get; init; }

    /// <summary>What a month may cost, in USD.</summary>
    public int BudgetUsd { get; init; }

    /// <summary>The application's own Scope, in which names are those of its defaults.</summary>
    public const string DefaultScope = "trading";

    /// <summary>The deployment that context values ask for.</summary>
    /// <param name="context">A context value by its key, as <c>--context key=value</c> gives it; null when nothing was said.</param>
    /// <param name="environment">A variable of the environment: the CDK's command line tells account and region of the credentials
    /// there.</param>
    /// <exception cref="DeploymentException">Something is not allowed; all that is wrong is said at once.</exception>
    public static Deployment Read(Func<string, string?> context, Func<string, string?> environment)
    {
        var wrong = new List<string>();
        var env = context("env");
        var stage = Stage.All.FirstOrDefault(stage => stage.Name == env);
        Must(stage is not null, "env", "dev or prod", env);
        stage ??= Stage.Dev;

        var region = context("region") ?? environment("CDK_DEFAULT_REGION") ?? "us-east-1";
        Must(RegionName().IsMatch(region), "region", "a region like eu-central-1", region);
        var account = context("account") ?? environment("CDK_DEFAULT_ACCOUNT");
        Must(account is null || AccountNumber().IsMatch(account), "account", "twelve digits", account);
        var zones = List("zones");
        if (zones.Count == 0)
            zones = [.. "abc".Take(stage.Zones).Select(letter => $"{region}{letter}")];
        Must(zones.Count >= 2 && zones.Distinct().Count() == zones.Count
            && zones.All(zone => zone.StartsWith(region, StringComparison.Ordinal)), "zones",
            $"two or more different zones of {region}, joined by commas", string.Join(',', zones));

        var scope = context("scope") ?? DefaultScope;
        Must(ScopeName().IsMatch(scope), "scope", "3 to 20 small letters, digits or -, as the setting Scope", scope);
        var architecture = OneOf("architecture", "arm64", "arm64", "amd64");
        var exchange = OneOf("exchange", "paper", "paper", "binance", "coinbase");
        var image = context("huggingfaceImage");
        var data = context("huggingfaceModelData");
        Must(data is null || image is not null, "huggingfaceImage", "the container for huggingfaceModelData", image);
        Must(data is null || data.StartsWith("s3://", StringComparison.Ordinal), "huggingfaceModelData",
            "an address like s3://bucket/model.tar.gz", data);
        Must(image is null || ImageName().IsMatch(image), "huggingfaceImage", "an image of ECR with tag or digest", image);
        var kubectlFrom = List("kubectlFrom");
        Must(kubectlFrom.All(range => AddressRange().IsMatch(range) && range != "0.0.0.0/0"), "kubectlFrom",
            "address ranges like 203.0.113.7/32, joined by commas, and not all addresses", string.Join(',', kubectlFrom));
        var issuer = context("oidcIssuer");
        Must(issuer is null || IssuerName().IsMatch(issuer), "oidcIssuer",
            "the cluster's issuer without https://, like oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF", issuer);
        var email = context("alertEmail");
        Must(email is null || email.Contains('@', StringComparison.Ordinal), "alertEmail", "an e-mail address", email);
        var budget = context("budgetUsd");
        var budgetUsd = stage.BudgetUsd;
        Must(budget is null || (int.TryParse(budget, NumberStyles.None, CultureInfo.InvariantCulture, out budgetUsd) && budgetUsd > 0),
            "budgetUsd",
            "whole dollars, more than none", budget);

        var (timestream, recorded) = (Switch("timestream"), Switch("recordedRuns"));
        if (wrong.Count > 0)
            throw new DeploymentException(string.Join('\n', wrong));
        var defaults = new Deployment { Stage = stage };
        return defaults with
        {
            Account = account,
            Region = region,
            Zones = zones,
            Scope = scope,
            Architecture = architecture,
            Exchange = exchange,
            Timestream = timestream,
            BedrockModel = context("bedrockModel") ?? defaults.BedrockModel,
            PostgresVersion = context("postgresVersion") ?? defaults.PostgresVersion,
            HuggingFaceImage = image,
            HuggingFaceModelData = data,
            RecordedRuns = recorded,
            KubectlFrom = kubectlFrom,
            AlertEmail = email,
            BudgetUsd = budgetUsd,
            OidcIssuer = issuer,
        };

        void Must(bool holds, string key, string allowed, string? was)
        {
            if (!holds)
                wrong.Add($"context {key} must be {allowed}, was {(was is null ? "not given" : $"\"{was}\"")}");
        }

        List<string> List(string key) =>
            [.. (context(key) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

        string OneOf(string key, string otherwise, params string[] allowed)
        {
            var value = context(key) ?? otherwise;
            Must(allowed.Contains(value), key, string.Join(" or ", allowed), value);
            return value;
        }

        bool Switch(string key) => OneOf(key, "false", "true", "false") == "true";
    }

    [GeneratedRegex("^[a-z]{2}(-[a-z]+)+-[0-9]$")]
    private static partial Regex RegionName();

    [GeneratedRegex("^[0-9]{12}$")]
    private static partial Regex AccountNumber();

    [GeneratedRegex("^[a-z][a-z0-9-]{2,19}$")]
    private static partial Regex ScopeName();

    [GeneratedRegex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/[a-z0-9._/-]+(:|@sha256:)[A-Za-z0-9._-]+$")]
    private static partial Regex ImageName();

    [GeneratedRegex(@"^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com/id/[A-Z0-9]+$")]
    private static partial Regex IssuerName();

    [GeneratedRegex("^[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])$")]
    private static partial Regex AddressRange();
}
