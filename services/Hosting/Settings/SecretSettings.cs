namespace Trading.Hosting.Settings;

/// <summary>Where secrets are kept.</summary>
public enum SecretsKind
{
    /// <summary>In environment variables.</summary>
    Environment,

    /// <summary>In a file that only its owner can read.</summary>
    File,

    /// <summary>In AWS Secrets Manager.</summary>
    Aws,
}

// Settings: where secrets are kept. Settings that need one carry its name and end in Secret.
public sealed partial record TradingSettings
{
    /// <summary>Where secrets are kept, by name: environment, file or aws (Secrets Manager in AwsRegion).</summary>
    public SecretsKind Secrets { get; init; } = SecretsKind.Environment;

    /// <summary>File for Secrets=file: a JSON object of names and values that only its owner can read.</summary>
    public string? SecretsFile { get; init; }

    /// <summary>Another endpoint that speaks the protocol of Secrets Manager; AWS's own when empty.</summary>
    public string? SecretsServiceUrl { get; init; }

    /// <summary>Seconds for which a secret of Secrets Manager is kept in memory before it is read again.</summary>
    public int SecretsRefreshSeconds { get; init; } = 300;

    private void CheckSecrets(SettingViolations violations)
    {
        violations.Must(Secrets != SecretsKind.File || !string.IsNullOrWhiteSpace(SecretsFile), nameof(SecretsFile),
            "a file for Trading:Secrets=file", SecretsFile);
        MustAsk(violations, nameof(SecretsServiceUrl), SecretsServiceUrl);
        violations.Must(SecretsRefreshSeconds is >= 1 and <= 86_400, nameof(SecretsRefreshSeconds), "1 to 86400", SecretsRefreshSeconds);
        violations.Must(SealKeySecret is null || SecretName.IsValid(SealKeySecret), nameof(SealKeySecret),
            "the name of a secret", SealKeySecret);
    }
}
