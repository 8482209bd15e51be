namespace Trading.Hosting.Settings;

/// <summary>How the journal outlives the loss of its server.</summary>
public enum ReplicationKind
{
    /// <summary>A commit returns when a standby has it: asked of the server at the start.</summary>
    Synchronous,

    /// <summary>The storage below the server keeps several copies before a commit returns, as on Amazon RDS Multi-AZ and Aurora.</summary>
    Storage,

    /// <summary>One server alone: what it had not written elsewhere is lost with its disk.</summary>
    Alone,
}
