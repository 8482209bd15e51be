using Trading.Aws;

namespace Trading.Hosting;

// Settings: sealing and anchors.
public sealed partial record TradingSettings
{
    // What was appended a second ago is still in the server's cache: sealed every 5 s it is read again at the cost of pages that the writers need.
    /// <summary>Seconds from one seal of the journal to the next, by the Executor that leads; 0 seals nothing.</summary>
    public int SealIntervalSeconds { get; init; } = 1;

    /// <summary>File with the key that seals; in the journal's folder, and made at the first start, for a private journal when empty.</summary>
    public string? SealKeyFile { get; init; }

    /// <summary>The key that seals itself, in place of its file. A secret: never logged.</summary>
    [Secret]
    public string? SealKey { get; init; }

    /// <summary>Name of the secret that holds the key that seals, in place of its file.</summary>
    public string? SealKeySecret { get; init; }

    /// <summary>Where checkpoints are kept outside of the journal as well: folder, s3.</summary>
    public IReadOnlyList<string> Anchors { get; init; } = [];

    /// <summary>Folder for Anchors=folder: a file for each checkpoint, never overwritten.</summary>
    public string? AnchorFolder { get; init; }

    /// <summary>Bucket for Anchors=s3, made with Object Lock.</summary>
    public string? AnchorBucket { get; init; }

    /// <summary>What the keys in the bucket begin with, for example trading/; nothing when empty.</summary>
    public string? AnchorPrefix { get; init; }

    /// <summary>Who may delete a checkpoint in the bucket before its time: compliance nobody, governance those with the right to bypass it, none anybody (for stores without Object Lock).</summary>
    public RetentionMode AnchorRetentionMode { get; init; } = RetentionMode.Compliance;

    /// <summary>Days for which a checkpoint in the bucket is locked.</summary>
    public int AnchorRetentionDays { get; init; } = 3650;

    /// <summary>Another endpoint that speaks S3; AWS's own when empty. Region and credentials are the transport's.</summary>
    public string? AnchorServiceUrl { get; init; }

    /// <summary>Least seconds between two checkpoints that are kept outside.</summary>
    public int AnchorIntervalSeconds { get; init; } = 3600;

    /// <summary>The anchors that exist.</summary>
    public static IReadOnlyList<string> KnownAnchors { get; } = ["folder", "s3"];

    private void CheckAudit(SettingViolations violations)
    {
        violations.Must(SealIntervalSeconds is >= 0 and <= 86_400, nameof(SealIntervalSeconds), "0 to 86400", SealIntervalSeconds);
        violations.Must(SealKey is null || SealKeyFile is null, nameof(SealKeyFile), "empty where Trading:SealKey is set", SealKeyFile);
        violations.Must(SealKeySecret is null || (SealKey is null && SealKeyFile is null), nameof(SealKeySecret), "empty where Trading:SealKey or Trading:SealKeyFile is set", SealKeySecret);
        violations.Must(Anchors.All(KnownAnchors.Contains), nameof(Anchors), $"among {string.Join(", ", KnownAnchors)}", string.Join(',', Anchors));
        violations.Must(!Anchors.Contains("folder") || !string.IsNullOrWhiteSpace(AnchorFolder), nameof(AnchorFolder), "a folder for Trading:Anchors=folder", AnchorFolder);
        violations.Must(!Anchors.Contains("s3") || !string.IsNullOrWhiteSpace(AnchorBucket), nameof(AnchorBucket), "a bucket for Trading:Anchors=s3", AnchorBucket);
        violations.Must(AnchorBucket is null || (AnchorBucket.Length is >= 3 and <= 63 && AnchorBucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')),
            nameof(AnchorBucket), "3 to 63 small letters, digits, - or .", AnchorBucket);
        violations.Must(AnchorPrefix is null || (AnchorPrefix.Length <= 200 && AnchorPrefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && !AnchorPrefix.StartsWith('/')),
            nameof(AnchorPrefix), "at most 200 letters, digits, -, _, . or /, and not begin with /", AnchorPrefix);
        violations.Must(AnchorRetentionDays is >= 1 and <= 36_500, nameof(AnchorRetentionDays), "1 to 36500", AnchorRetentionDays);
        violations.Must(AnchorServiceUrl is null || Uri.TryCreate(AnchorServiceUrl, UriKind.Absolute, out _), nameof(AnchorServiceUrl), "a URL", AnchorServiceUrl);
        violations.Must(AnchorIntervalSeconds is >= 0 and <= 31_536_000, nameof(AnchorIntervalSeconds), "0 to 31536000", AnchorIntervalSeconds);
    }
}
