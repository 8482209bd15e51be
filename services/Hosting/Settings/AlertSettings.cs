namespace Trading.Hosting.Settings;

// Settings: where alerts go, and what is alerted.
public sealed partial record TradingSettings
{
    /// <summary>The formats of webhook messages.</summary>
    public static IReadOnlyList<string> KnownWebhooks { get; } = ["slack", "discord", "telegram", "json"];

    /// <summary>Where alerts go: log, webhook, sns; nowhere when empty.</summary>
    public IReadOnlyList<string> Alerts { get; init; } = ["log"];

    /// <summary>
    /// ARN or name of the SNS topic for Alerts=sns; a missing topic is created by its name. Without a value it is the scope's trade-alerts.
    /// </summary>
    public string? AlertTopic { get; init; }

    /// <summary>
    /// Webhooks for Alerts=webhook, as template=secret: the template is slack, discord, telegram or json, the secret is the name of the
    /// secret with the address.
    /// </summary>
    public IReadOnlyList<string> AlertWebhooks { get; init; } = [];

    /// <summary>Most seconds that one alert may take to be sent.</summary>
    public int AlertTimeoutSeconds { get; init; } = 10;

    /// <summary>Seconds between two checks for alerts, by the leading Executor.</summary>
    public int AlertCheckSeconds { get; init; } = 5;

    /// <summary>Prices of this age in seconds are stale.</summary>
    public int AlertPriceAgeSeconds { get; init; } = 900;

    /// <summary>
    /// From this share of the last decisions without a prediction on, a model's abstentions are logged and alerted; above 0 to 1.
    /// </summary>
    public double AlertAbstainShare { get; init; } = 0.5;

    /// <summary>How many of a model's last decisions count for that, without those at which it still lacked prices.</summary>
    public int AlertAbstainDecisions { get; init; } = 20;

    /// <summary>Events that have waited this many seconds to be sealed are alerted.</summary>
    public int AlertSealLagSeconds { get; init; } = 120;

    /// <summary>From this number of messages on an error queue is alerted.</summary>
    public int AlertErrorQueueDepth { get; init; } = 1;

    /// <summary>The kinds of channels, one name each. The class of each is found by its name.</summary>
    public static IReadOnlyList<string> KnownAlerts { get; } = ["log", "webhook", "sns"];

    private void CheckAlerts(SettingViolations violations)
    {
        violations.Must(Alerts.All(KnownAlerts.Contains), nameof(Alerts),
            $"among {string.Join(", ", KnownAlerts)}", string.Join(',', Alerts));
        violations.Must(AlertTopic is null || AlertTopic.StartsWith("arn:", StringComparison.Ordinal)
            || (AlertTopic.Length is > 0 and <= 256 && AlertTopic.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')),
            nameof(AlertTopic), "an ARN, or letters, digits, - or _", AlertTopic);
        violations.Must(Alerts.Contains("webhook") == AlertWebhooks.Count > 0, nameof(AlertWebhooks),
            "given with Trading:Alerts=webhook and only then", string.Join(',', AlertWebhooks));
        violations.Must(AlertWebhooks.All(webhook =>
            webhook.Split('=', 2) is [var template, var secret] && KnownWebhooks.Contains(template) && SecretName.IsValid(secret)),
            nameof(AlertWebhooks), $"template=secret, the template among {string.Join(", ", KnownWebhooks)}",
            string.Join(',', AlertWebhooks));
        violations.Must(AlertTimeoutSeconds is >= 1 and <= 60, nameof(AlertTimeoutSeconds), "1 to 60", AlertTimeoutSeconds);
        violations.Must(AlertCheckSeconds is >= 1 and <= 3600, nameof(AlertCheckSeconds), "1 to 3600", AlertCheckSeconds);
        violations.Must(AlertPriceAgeSeconds is >= 1 and <= 604_800, nameof(AlertPriceAgeSeconds), "1 to 604800", AlertPriceAgeSeconds);
        violations.Must(AlertAbstainShare is > 0 and <= 1, nameof(AlertAbstainShare), "above 0 and at most 1", AlertAbstainShare);
        violations.Must(AlertAbstainDecisions is >= 1 and <= 1000, nameof(AlertAbstainDecisions), "1 to 1000", AlertAbstainDecisions);
        violations.Must(AlertSealLagSeconds is >= 1 and <= 604_800, nameof(AlertSealLagSeconds), "1 to 604800", AlertSealLagSeconds);
        violations.Must(AlertErrorQueueDepth is >= 1 and <= 1_000_000, nameof(AlertErrorQueueDepth), "1 to 1000000", AlertErrorQueueDepth);
    }
}
