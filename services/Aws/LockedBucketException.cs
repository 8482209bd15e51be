namespace Trading.Aws;

/// <summary>The bucket failed or refused. One line.</summary>
/// <param name="message">What failed.</param>
/// <param name="isAbsent">Whether there is no such bucket.</param>
public sealed class LockedBucketException(string message, bool isAbsent = false) : Exception(message)
{
    /// <summary>Whether there is no such bucket.</summary>
    public bool IsAbsent { get; } = isAbsent;
}
