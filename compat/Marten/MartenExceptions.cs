using Npgsql;

namespace Marten.Exceptions;

/// <summary>Base of what Marten throws.</summary>
public class MartenException : Exception
{
    public MartenException(string message) : base(message) { }

    public MartenException(string message, Exception? innerException) : base(message, innerException) { }
}

/// <summary>A stream that was to be started exists.</summary>
public class ExistingStreamIdCollisionException(object id, Type? aggregateType) : MartenException($"Stream '{id}' exists already.")
{
    public object Id { get; } = id;

    public Type? AggregateType { get; } = aggregateType;
}

/// <summary>An event that was read is of a type that cannot be found.</summary>
public class UnknownEventTypeException(string eventTypeName, long sequence)
    : MartenException($"Event {sequence} is of the unknown type '{eventTypeName}'; is its assembly here, or is a registration by Events.AddEventType missing?")
{
    public string EventTypeName { get; } = eventTypeName;

    /// <summary>Sequence number of the event.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>The JSON of an event that was read does not fit its type; the cause is the inner exception.</summary>
public class EventDeserializationFailureException(long sequence, string eventTypeName, Exception innerException)
    : MartenException($"Event {sequence} of type {eventTypeName} cannot be read: {innerException.Message}", innerException)
{
    public long Sequence { get; } = sequence;

    public string? EventTypeName { get; } = eventTypeName;
}

/// <summary>The stream is archived.</summary>
public class InvalidStreamOperationException(string message) : MartenException(message);

/// <summary>A document type that cannot be stored.</summary>
public class InvalidDocumentException(string message) : MartenException(message);

/// <summary>Another transaction came first; only possible above the isolation level read committed.</summary>
public class ConcurrentUpdateException(Exception innerException)
    : MartenException("Another transaction wrote the same rows first.", innerException);

/// <summary>A LINQ expression that cannot be translated.</summary>
public class BadLinqExpressionException(string message) : MartenException(message);

/// <summary>The tables are not, and cannot be brought, in the form that is needed.</summary>
public class MartenSchemaException(object subject, string ddl, Exception? inner)
    : MartenException($"The database objects of {subject} cannot be created: {inner?.Message}\n{ddl}", inner);

/// <summary>PostgreSQL refused a command, or could not be reached; the cause is the inner exception.</summary>
public class MartenCommandException(NpgsqlCommand? command, Exception innerException)
    : MartenException($"A command of the event store failed: {innerException.Message}", innerException)
{
    public NpgsqlCommand? Command { get; } = command;
}
