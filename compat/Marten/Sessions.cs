using JasperFx.Events;
using Marten.Events;

namespace Marten;

/// <summary>A database that holds events and documents.</summary>
public interface IDocumentStore : IDisposable, IAsyncDisposable
{
    /// <summary>Work on the tables themselves.</summary>
    IMartenStorage Storage { get; }

    /// <summary>A session that reads and appends. Not for use by several threads at once.</summary>
    IDocumentSession LightweightSession();

    /// <summary>A session that reads.</summary>
    IQuerySession QuerySession();
}

/// <summary>Work on the tables themselves.</summary>
public interface IMartenStorage
{
    /// <summary>Creates every table that is missing, also where <see cref="JasperFx.AutoCreate.None"/> is set.</summary>
    Task ApplyAllConfiguredChangesToDatabaseAsync();
}

/// <summary>Reads events and documents.</summary>
public interface IQuerySession : IDisposable, IAsyncDisposable
{
    IQueryEventStore Events { get; }

    /// <summary>Recorded with every event that does not bring its own.</summary>
    string? CausationId { get; set; }

    /// <summary>Recorded with every event that does not bring its own.</summary>
    string? CorrelationId { get; set; }

    /// <summary>The stored document of an inline projection; null when there is none.</summary>
    Task<T?> LoadAsync<T>(string id, CancellationToken token = default) where T : notnull;
}

/// <summary>Reads, and appends all it was given in one transaction.</summary>
public interface IDocumentSession : IQuerySession
{
    new IEventStoreOperations Events { get; }

    /// <summary>Appends all events, in one transaction and one round trip: all or nothing. What failed stays pending.</summary>
    /// <exception cref="EventStreamUnexpectedMaxEventIdException">A stream is not at the version that was expected.</exception>
    /// <exception cref="Exceptions.ExistingStreamIdCollisionException">A stream that was to be started exists.</exception>
    Task SaveChangesAsync(CancellationToken token = default);

    /// <summary>Adds a header to every event of this session.</summary>
    void SetHeader(string key, object value);

    /// <summary>The session's header, or null when there is none.</summary>
    object? GetHeader(string key);
}
