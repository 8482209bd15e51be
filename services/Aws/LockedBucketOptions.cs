namespace Trading.Aws;

/// <summary>Protection of an object of S3.</summary>
public enum RetentionMode
{
    /// <summary>It can be deleted at any time: for stores without Object Lock.</summary>
    None,

    /// <summary>Before its date it can be deleted only with the right to bypass governance.</summary>
    Governance,

    /// <summary>Before its date nobody can delete it, not even the account's owner.</summary>
    Compliance,
}

/// <summary>Where a locked bucket is and how it locks.</summary>
/// <param name="Region">Region, for example eu-central-1.</param>
/// <param name="ServiceUrl">Another endpoint that speaks S3; AWS's own, or what the SDK's standard variables name, when null.</param>
/// <param name="Bucket">The bucket; it must have been made with Object Lock, unless <paramref name="Mode"/> asks for no lock.</param>
/// <param name="Mode">The protection of objects.</param>
/// <param name="RetentionDays">Days of protection.</param>
public sealed record LockedBucketOptions(string Region, string? ServiceUrl, string Bucket, RetentionMode Mode, int RetentionDays);
