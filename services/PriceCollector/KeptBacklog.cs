using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;

namespace Trading.Services;

/// <summary>Keeps the queue of a failing store in the journal's database, from which it is written after a restart.</summary>
/// <param name="store">Name of the store.</param>
/// <param name="table">The table of kept collections.</param>
/// <param name="log">Logs failures.</param>
internal sealed class KeptBacklog(string store, WaitingWrites table, ILogger log)
{
    // Longest wait for the journal's database, which delays this store only.
    private static readonly TimeSpan KeepLimit = TimeSpan.FromSeconds(2);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly Lock _lock = new();
    private readonly Dictionary<Collected, long> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly List<long> _gone = [];
    private bool _failed;

    /// <summary>Reads the collections that the last program could not write, oldest first; empty when they cannot be read.</summary>
    public async Task<IReadOnlyList<Collected>> RestoreAsync(int most, CancellationToken cancellation)
    {
        var restored = new List<Collected>();
        try
        {
            foreach (var (id, text) in await table.LoadAsync(store, most, cancellation))
            {
                if (JsonSerializer.Deserialize<Collected>(text, Json) is not { } collection)
                    continue;
                lock (_lock)
                    _kept[collection] = id;
                restored.Add(collection);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or JsonException or OperationCanceledException)
        {
            log.LogWarning("What waited for {Store} before this start cannot be read: {Reason}", store, failure.Message);
        }
        return restored;
    }

    /// <summary>A collection was written or dropped: it is deleted at the next <see cref="KeepAsync"/>.</summary>
    public void LetGo(Collected collection)
    {
        lock (_lock)
        {
            if (_kept.Remove(collection, out var id))
                _gone.Add(id);
        }
    }

    /// <summary>Keeps collections, and deletes those that were let go.</summary>
    /// <param name="collections">Collections to keep; those that are kept already change nothing.</param>
    /// <param name="stillWaiting">The collections that wait when the database has answered: some may have been dropped meanwhile.</param>
    /// <returns>False when the database does not answer.</returns>
    public async Task<bool> KeepAsync(IReadOnlyList<Collected> collections, Func<IReadOnlyList<Collected>> stillWaiting)
    {
        List<Collected> unkept;
        List<long> gone;
        lock (_lock)
        {
            unkept = [.. collections.Where(collection => !_kept.ContainsKey(collection))];
            gone = [.. _gone];
        }
        if (unkept.Count + gone.Count == 0)
            return true;
        try
        {
            using var limit = new CancellationTokenSource(KeepLimit, TimeProvider.System);
            if (unkept.Count > 0)
                Note(unkept, await table.KeepAsync(
                    store, [.. unkept.Select(collection => JsonSerializer.Serialize(collection, Json))], limit.Token), stillWaiting);
            if (gone.Count > 0)
            {
                await table.ForgetAsync(gone, limit.Token);
                lock (_lock)
                    _gone.RemoveRange(0, gone.Count);
            }
            _failed = false;
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            if (!_failed)
                log.LogWarning("What waits for {Store} is only in memory: {Reason}", store, failure.Message);
            _failed = true;
            return false;
        }
    }

    private void Note(List<Collected> unkept, IReadOnlyList<long> ids, Func<IReadOnlyList<Collected>> stillWaiting)
    {
        lock (_lock)
        {
            foreach (var (collection, id) in unkept.Zip(ids))
                _kept[collection] = id;
        }
        // A collection that was dropped while the database answered is let go now.
        var waiting = new HashSet<Collected>(stillWaiting(), ReferenceEqualityComparer.Instance);
        foreach (var collection in unkept.Where(collection => !waiting.Contains(collection)))
            LetGo(collection);
    }
}
