namespace Trading.Hosting;

// Settings: sealing and anchors.
public sealed partial record TradingSettings
{
    /// <summary>Seconds from one seal of the journal to the next, by the Executor that leads; 0 seals nothing.</summary>
    public int SealIntervalSeconds { get; init; } = 10;

    /// <summary>File with the key that seals; in the journal's folder, and made at the first start, for a private journal when empty.</summary>
    public string? SealKeyFile { get; init; }

    /// <summary>The key that seals itself, in place of its file. A secret: never logged.</summary>
    [Secret]
    public string? SealKey { get; init; }

    /// <summary>Name of the secret that holds the key that seals, in place of its file.</summary>
    public string? SealKeySecret { get; init; }

    /// <summary>Where checkpoints are kept outside of the journal as well: folder.</summary>
    public IReadOnlyList<string> Anchors { get; init; } = [];

    /// <summary>Folder for Anchors=folder: a file for each checkpoint, never overwritten.</summary>
    public string? AnchorFolder { get; init; }

    /// <summary>Least seconds between two checkpoints that are kept outside.</summary>
    public int AnchorIntervalSeconds { get; init; } = 3600;

    /// <summary>The anchors that exist.</summary>
    public static IReadOnlyList<string> KnownAnchors { get; } = ["folder"];

    private void CheckAudit(SettingViolations violations)
    {
        violations.Must(SealIntervalSeconds is >= 0 and <= 86_400, nameof(SealIntervalSeconds), "0 to 86400", SealIntervalSeconds);
        violations.Must(SealKey is null || SealKeyFile is null, nameof(SealKeyFile), "empty where Trading:SealKey is set", SealKeyFile);
        violations.Must(SealKeySecret is null || (SealKey is null && SealKeyFile is null), nameof(SealKeySecret), "empty where Trading:SealKey or Trading:SealKeyFile is set", SealKeySecret);
        violations.Must(Anchors.All(KnownAnchors.Contains), nameof(Anchors), $"among {string.Join(", ", KnownAnchors)}", string.Join(',', Anchors));
        violations.Must(!Anchors.Contains("folder") || !string.IsNullOrWhiteSpace(AnchorFolder), nameof(AnchorFolder), "a folder for Trading:Anchors=folder", AnchorFolder);
        violations.Must(AnchorIntervalSeconds is >= 0 and <= 31_536_000, nameof(AnchorIntervalSeconds), "0 to 31536000", AnchorIntervalSeconds);
    }
}
