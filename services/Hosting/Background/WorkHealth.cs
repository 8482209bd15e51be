namespace Trading.Hosting.Background;

/// <summary>How a background work does.</summary>
/// <param name="Work">Name of the work, for example open-orders.</param>
/// <param name="DegradedSince">Since when no step has succeeded (UTC); null while the work succeeds.</param>
/// <param name="Failures">Failures since the program started.</param>
/// <param name="LastError">The last failure; kept after a success. Null without one.</param>
/// <param name="LastErrorAt">Time of the last failure (UTC).</param>
public sealed record WorkHealth(string Work, DateTimeOffset? DegradedSince, long Failures, string? LastError, DateTimeOffset? LastErrorAt)
{
    /// <summary>Whether the work fails now.</summary>
    public bool Degraded => DegradedSince is not null;
}
