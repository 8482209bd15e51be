namespace Trading.Hosting;

// Settings: who is told of what happens.
public sealed partial record TradingSettings
{
    /// <summary>Where alerts go: log, webhook, sns; to nobody when empty.</summary>
    public IReadOnlyList<string> Alerts { get; init; } = ["log"];

    /// <summary>ARN or name of the SNS topic for Alerts=sns; one that is named is created where there is none, and is the scope's trade-alerts when empty.</summary>
    public string? AlertTopic { get; init; }

    /// <summary>Webhooks for Alerts=webhook, as template=secret: the template is slack, discord, telegram or json, the secret is the name of one that holds the address.</summary>
    public IReadOnlyList<string> AlertWebhooks { get; init; } = [];

    /// <summary>Most seconds that one alert may take to be sent.</summary>
    public int AlertTimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds from one look for what is to be alerted to the next, by the Executor that leads.</summary>
    public int AlertCheckSeconds { get; init; } = 5;

    /// <summary>Prices that are so many seconds old are stale.</summary>
    public int AlertPriceAgeSeconds { get; init; } = 900;

    /// <summary>Share of the last decisions in which a model made no prediction, from which on that is logged and alerted, above 0 to 1.</summary>
    public double AlertAbstainShare { get; init; } = 0.5;

    /// <summary>How many of a model's last decisions are looked at for that, those at which it wanted prices left aside.</summary>
    public int AlertAbstainDecisions { get; init; } = 20;

    /// <summary>Events that have waited so many seconds to be sealed are alerted.</summary>
    public int AlertSealLagSeconds { get; init; } = 120;

    /// <summary>Messages in an error queue from which on that is alerted.</summary>
    public int AlertErrorQueueDepth { get; init; } = 1;

    /// <summary>The ways that exist.</summary>
    public static IReadOnlyList<string> KnownAlerts { get; } = ["log", "webhook", "sns"];

    private void CheckAlerts(SettingViolations violations)
    {
        violations.Must(Alerts.All(KnownAlerts.Contains), nameof(Alerts), $"among {string.Join(", ", KnownAlerts)}", string.Join(',', Alerts));
        violations.Must(AlertTopic is null || AlertTopic.StartsWith("arn:", StringComparison.Ordinal) || (AlertTopic.Length is > 0 and <= 256 && AlertTopic.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')),
            nameof(AlertTopic), "an ARN, or letters, digits, - or _", AlertTopic);
        violations.Must(Alerts.Contains("webhook") == AlertWebhooks.Count > 0, nameof(AlertWebhooks), "given with Trading:Alerts=webhook and only then", string.Join(',', AlertWebhooks));
        violations.Must(AlertWebhooks.All(webhook => webhook.Split('=', 2) is [var template, var secret] && WebhookAlerts.Templates.Contains(template) && Hosting.Secrets.IsName(secret)),
            nameof(AlertWebhooks), $"template=secret, the template among {string.Join(", ", WebhookAlerts.Templates)}", string.Join(',', AlertWebhooks));
        violations.Must(AlertTimeoutSeconds is >= 1 and <= 60, nameof(AlertTimeoutSeconds), "1 to 60", AlertTimeoutSeconds);
        violations.Must(AlertCheckSeconds is >= 1 and <= 3600, nameof(AlertCheckSeconds), "1 to 3600", AlertCheckSeconds);
        violations.Must(AlertPriceAgeSeconds is >= 1 and <= 604_800, nameof(AlertPriceAgeSeconds), "1 to 604800", AlertPriceAgeSeconds);
        violations.Must(AlertAbstainShare is > 0 and <= 1, nameof(AlertAbstainShare), "above 0 and at most 1", AlertAbstainShare);
        violations.Must(AlertAbstainDecisions is >= 1 and <= 1000, nameof(AlertAbstainDecisions), "1 to 1000", AlertAbstainDecisions);
        violations.Must(AlertSealLagSeconds is >= 1 and <= 604_800, nameof(AlertSealLagSeconds), "1 to 604800", AlertSealLagSeconds);
        violations.Must(AlertErrorQueueDepth is >= 1 and <= 1_000_000, nameof(AlertErrorQueueDepth), "1 to 1000000", AlertErrorQueueDepth);
    }
}
