using Trading.Aws;

namespace Trading.Hosting.Settings;

// Settings: sealing and anchors.
public sealed partial record TradingSettings
{
    // Events of the last second are still in the server's cache. With a longer interval they are read from disk again, which slows writers.
    /// <summary>Seconds from one seal of the journal to the next, by the Executor that leads; 0 seals nothing.</summary>
    public int SealIntervalSeconds { get; init; } = 1;

    /// <summary>
    /// File with the key that seals; in the journal's folder, and made at the first start, for a private journal when empty.
    /// </summary>
    public string? SealKeyFile { get; init; }

    /// <summary>The key that seals itself, in place of its file. A secret: never logged.</summary>
    [Secret]
    public string? SealKey { get; init; }

    /// <summary>Name of the secret that holds the key that seals, in place of its file.</summary>
    public string? SealKeySecret { get; init; }

    /// <summary>
    /// File with the key with which programs mark the events that they write (trading audit key --writer makes one); in the journal's
    /// folder, and made at the first start, for a private journal when empty. Without a key events carry no mark.
    /// </summary>
    public string? WriterKeyFile { get; init; }

    /// <summary>Name of the secret that holds the key of writers, in place of its file.</summary>
    public string? WriterKeySecret { get; init; }

    /// <summary>
    /// Which journal this is: the 32 hexadecimal digits behind the word journal in its checkpoints (trading audit head). Another one is
    /// neither sealed nor found clean. When empty, what was noted beside the key's file at the first seal.
    /// </summary>
    public string? JournalIdentity { get; init; }

    /// <summary>Where checkpoints are kept outside of the journal as well: folder, s3.</summary>
    public IReadOnlyList<string> Anchors { get; init; } = [];

    /// <summary>Folder for Anchors=folder: a file for each checkpoint, never overwritten.</summary>
    public string? AnchorFolder { get; init; }

    /// <summary>Bucket for Anchors=s3, made with Object Lock.</summary>
    public string? AnchorBucket { get; init; }

    /// <summary>What the keys in the bucket begin with, for example trading/; nothing when empty.</summary>
    public string? AnchorPrefix { get; init; }

    /// <summary>
    /// Who may delete a checkpoint in the bucket before its time: compliance nobody, governance those with the right to bypass it, none
    /// anybody (for stores without Object Lock).
    /// </summary>
    public RetentionMode AnchorRetentionMode { get; init; } = RetentionMode.Compliance;

    /// <summary>Days for which a checkpoint in the bucket is locked.</summary>
    public int AnchorRetentionDays { get; init; } = 3650;

    /// <summary>Another endpoint that speaks S3; AWS's own when empty. Region and credentials are the transport's.</summary>
    public string? AnchorServiceUrl { get; init; }

    /// <summary>Least seconds between two checkpoints that are kept outside.</summary>
    public int AnchorIntervalSeconds { get; init; } = 3600;

    /// <summary>
    /// Who cosigns checkpoints: the public key of each witness (trading audit witness prints it), an @ and its URL.
    /// </summary>
    public IReadOnlyList<string> Witnesses { get; init; } = [];

    /// <summary>How many of the witnesses must cosign; fewer raise an alert and fail trading audit verify. 0 is more than half.</summary>
    public int WitnessQuorum { get; init; }

    /// <summary>Least seconds between two checkpoints that witnesses are asked to cosign.</summary>
    public int WitnessIntervalSeconds { get; init; } = 60;

    /// <summary>Seconds after which a witness or a time stamping authority that has not answered counts as away.</summary>
    public int WitnessTimeoutSeconds { get; init; } = 10;

    /// <summary>
    /// A time stamping authority (RFC 3161) that stamps a checkpoint as often as one is kept outside (AnchorIntervalSeconds); nobody does
    /// when empty.
    /// </summary>
    public string? TimeStampUrl { get; init; }

    /// <summary>File of certificates (PEM) that the authority's must come from; any that fits its signature when empty.</summary>
    public string? TimeStampCertificates { get; init; }

    /// <summary>The anchors that exist.</summary>
    public static IReadOnlyList<string> KnownAnchors { get; } = ["folder", "s3"];

    /// <summary>
    /// Seconds from one comparison of the stored account with its events to the next, by the RiskManager; the first is before its first
    /// decision; 0 compares never.
    /// </summary>
    public int AccountCheckSeconds { get; init; } = 30;

    /// <summary>
    /// Hours from one check of the whole journal (trading audit check) to the next, by the Executor that leads, with an alert on anything
    /// but clean; 0 checks never. A recorded run is not checked.
    /// </summary>
    public int AuditCheckHours { get; init; } = 24;

    private void CheckAudit(SettingViolations violations)
    {
        violations.Must(SealIntervalSeconds is >= 0 and <= 86_400, nameof(SealIntervalSeconds), "0 to 86400", SealIntervalSeconds);
        violations.Must(SealKey is null || SealKeyFile is null, nameof(SealKeyFile), "empty where Trading:SealKey is set", SealKeyFile);
        violations.Must(SealKeySecret is null || (SealKey is null && SealKeyFile is null), nameof(SealKeySecret),
            "empty where Trading:SealKey or Trading:SealKeyFile is set", SealKeySecret);
        violations.Must(WriterKeySecret is null || WriterKeyFile is null, nameof(WriterKeySecret),
            "empty where Trading:WriterKeyFile is set", WriterKeySecret);
        violations.Must(JournalIdentity is null || Trading.Journal.Sealing.JournalIdentity.IsValid(JournalIdentity),
            nameof(JournalIdentity), "32 small hexadecimal digits", JournalIdentity);
        violations.Must(Anchors.All(KnownAnchors.Contains), nameof(Anchors),
            $"among {string.Join(", ", KnownAnchors)}", string.Join(',', Anchors));
        violations.Must(!Anchors.Contains("folder") || !string.IsNullOrWhiteSpace(AnchorFolder), nameof(AnchorFolder),
            "a folder for Trading:Anchors=folder", AnchorFolder);
        violations.Must(!Anchors.Contains("s3") || !string.IsNullOrWhiteSpace(AnchorBucket), nameof(AnchorBucket),
            "a bucket for Trading:Anchors=s3", AnchorBucket);
        violations.Must(AnchorBucket is null || (AnchorBucket.Length is >= 3 and <= 63
            && AnchorBucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')),
            nameof(AnchorBucket), "3 to 63 small letters, digits, - or .", AnchorBucket);
        violations.Must(AnchorPrefix is null || (AnchorPrefix.Length <= 200
            && AnchorPrefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && !AnchorPrefix.StartsWith('/')),
            nameof(AnchorPrefix), "at most 200 letters, digits, -, _, . or /, and not begin with /", AnchorPrefix);
        violations.Must(AnchorRetentionDays is >= 1 and <= 36_500, nameof(AnchorRetentionDays), "1 to 36500", AnchorRetentionDays);
        MustAsk(violations, nameof(AnchorServiceUrl), AnchorServiceUrl);
        violations.Must(AuditCheckHours is >= 0 and <= 8760, nameof(AuditCheckHours), "0 to 8760", AuditCheckHours);
        violations.Must(AccountCheckSeconds is >= 0 and <= 86_400, nameof(AccountCheckSeconds), "0 to 86400", AccountCheckSeconds);
        violations.Must(AnchorIntervalSeconds is >= 0 and <= 31_536_000, nameof(AnchorIntervalSeconds),
            "0 to 31536000", AnchorIntervalSeconds);
        foreach (var witness in Witnesses.Where(text => WitnessAddress.Parse(text) is null))
            violations.Must(false, nameof(Witnesses), "name+hash+key@https://... for each", witness);
        foreach (var witness in Witnesses.Select(WitnessAddress.Parse).OfType<WitnessAddress>())
            MustAsk(violations, nameof(Witnesses), witness.Url.ToString());
        violations.Must(Witnesses.DistinctBy(text => text.Split('+')[0]).Count() == Witnesses.Count, nameof(Witnesses),
            "witnesses of different names", string.Join(',', Witnesses));
        violations.Must(WitnessQuorum >= 0 && WitnessQuorum <= Witnesses.Count, nameof(WitnessQuorum),
            $"0 to the number of witnesses ({Witnesses.Count})", WitnessQuorum);
        violations.Must(WitnessIntervalSeconds is >= 1 and <= 86_400, nameof(WitnessIntervalSeconds), "1 to 86400", WitnessIntervalSeconds);
        violations.Must(TimeStampUrl is null || (Uri.TryCreate(TimeStampUrl, UriKind.Absolute, out var authority)
            && authority.Scheme is ("http" or "https")), nameof(TimeStampUrl),
            "a URL with http or https (a stamp is signed, so http does no harm)", TimeStampUrl);
        violations.Must(WitnessTimeoutSeconds is >= 1 and <= 60, nameof(WitnessTimeoutSeconds), "1 to 60", WitnessTimeoutSeconds);
    }
}
