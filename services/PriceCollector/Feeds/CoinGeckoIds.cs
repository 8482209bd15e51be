using System.Collections.Concurrent;
using System.Text.Json;

namespace Trading.Services.Feeds;

/// <summary>
/// The ids of coins at CoinGecko that were looked up, kept in a file, so that a restart needs no question and prices go on where the search
/// does not answer. Only the newest id of a symbol counts: a symbol may pass to another coin.
/// </summary>
/// <param name="file">The file; null keeps them in memory alone.</param>
/// <param name="time">The clock.</param>
internal sealed class CoinGeckoIds(string? file, TimeProvider time)
{
    /// <summary>Name of the file in the folder for data.</summary>
    public const string FileName = "coingecko-ids.json";

    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(7);
    // After an answer that did not come the known id is used for so long before it is looked up again.
    private static readonly TimeSpan AskedAgain = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Known> _ids = new(Read(file));
    private readonly ConcurrentDictionary<string, long> _failed = new();
    private readonly Lock _writing = new();

    /// <summary>The id of a symbol's coin; looks it up where it is unknown or a week old.</summary>
    /// <param name="symbol">The base currency, for example TRX.</param>
    /// <param name="ask">Looks it up.</param>
    /// <exception cref="PriceFeedException">It is not known, and not found either.</exception>
    public async Task<string> OfAsync(string symbol, Func<Task<string>> ask)
    {
        var isKnown = _ids.TryGetValue(symbol, out var known);
        if (isKnown && (IsFresh(known!) || (_failed.TryGetValue(symbol, out var since) && time.GetElapsedTime(since) < AskedAgain)))
            return known!.Id;
        try
        {
            var id = await ask();
            _ids[symbol] = new(id, time.GetUtcNow());
            Write(symbol);
            return id;
        }
        catch (PriceFeedException) when (isKnown)
        {
            _failed[symbol] = time.GetTimestamp();
            return known!.Id;
        }
    }

    // A time ahead of the clock is none that this clock has told.
    private bool IsFresh(Known known) => time.GetUtcNow() - known.LookedUpAt is { Ticks: >= 0 } age && age < KnownFor;

    private static Dictionary<string, Known> Read(string? file)
    {
        try
        {
            return file is null || !File.Exists(file) ? []
                : (JsonSerializer.Deserialize<Dictionary<string, Known?>>(File.ReadAllBytes(file), JsonSerializerOptions.Web) ?? [])
                    .Where(entry => entry.Value?.Id is { Length: > 0 }).ToDictionary(entry => entry.Key, entry => entry.Value!);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            // Everything in it can be asked for again.
            return [];
        }
    }

    // Whole or not at all, with what other programs have written meanwhile. Without a place to write to it is asked for after each start.
    private void Write(string symbol)
    {
        if (file is null)
            return;
        lock (_writing)
        {
            var made = $"{file}.{Guid.NewGuid():N}";
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                var all = Read(file);
                all[symbol] = _ids[symbol];
                File.WriteAllBytes(made, JsonSerializer.SerializeToUtf8Bytes(all, JsonSerializerOptions.Web));
                File.Move(made, file, overwrite: true);
            }
            catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
            {
                if (File.Exists(made))
                    File.Delete(made);
            }
        }
    }

    private sealed record Known(string Id, DateTimeOffset LookedUpAt);
}
