namespace Trading.Journal.Events;

/// <summary>Events to add to a stream.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="ExpectedVersion">Version at which the stream was read; 0 when it must not exist yet.</param>
/// <param name="Events">The events, in order.</param>
public sealed record StreamAppend(string StreamId, long ExpectedVersion, IReadOnlyList<object> Events);

/// <summary>What caused an append.</summary>
/// <param name="CorrelationId">The trade that it belongs to; null for operator actions on the account.</param>
/// <param name="CausationId">The message or command that caused it.</param>
public sealed record Cause(Guid? CorrelationId, string CausationId);

/// <summary>Who writes to the journal; recorded in the headers of every event.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Version">Version of the program.</param>
public sealed record JournalWriter(string Service, string Version)
{
    /// <summary>The key with which it marks its events; null to write them without a mark.</summary>
    public WriterKey? Key { get; init; }

    /// <summary>Whether it stores the proposals of decisions that led to no order packed (<see cref="PackedProposal"/>).</summary>
    public bool PacksHolds { get; init; }
}

/// <summary>A stream as it was read.</summary>
/// <param name="State">The state after its last event.</param>
/// <param name="Version">Number of its events.</param>
public sealed record Loaded<T>(T State, long Version);
