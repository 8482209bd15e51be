using System.Text.Json;
using Npgsql;
using Trading.Dashboard.Answers;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>
/// Reads a journal into its view: nothing until somebody looks, then all of it once, then what is new. When the database does not answer it
/// says so and tries again.
/// </summary>
/// <param name="database">Where it is.</param>
/// <param name="view">What is made of it.</param>
/// <param name="hub">Who is told what is new.</param>
/// <param name="settings">The program's settings.</param>
/// <param name="file">Keeps the view between two starts; null to read everything at each.</param>
public sealed class JournalReading(
    DashboardDatabase database, JournalView view, StreamHub hub, TradingSettings settings, ViewFile? file = null)
{
    /// <summary>An append that is still under way becomes visible after higher numbers; a number that stays away was given back.</summary>
    private static readonly TimeSpan GapPatience = TimeSpan.FromSeconds(2);

    private const int MostRows = 2000;
    private static readonly object Nothing = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, long> _prices = [];
    private long _goal, _priceAsked;
    private (long Before, long Since) _gap;
    private long _kept;
    private Task _keeping = Task.CompletedTask;

    /// <summary>Whether somebody has looked before, at an earlier start: what was kept then is read before anybody asks.</summary>
    public bool WasKept => file?.IsOfThisVersion == true;

    /// <summary>Where it is.</summary>
    public DashboardDatabase Database => database;

    /// <summary>What was made of it.</summary>
    public JournalView View => view;

    /// <summary>Proofs about it.</summary>
    public ProofTree Proofs { get; } = new(database);

    /// <summary>Somebody looks.</summary>
    public event Action? Asked;

    /// <summary>Why the journal cannot be read now; null while it can.</summary>
    public string? Trouble { get; private set; }

    /// <summary>When the journal was last read to its end (UTC); null before.</summary>
    public DateTimeOffset? ReadAt { get; private set; }

    /// <summary>How much of the journal was read, 0 to 1.</summary>
    public double Progress => _ready.Task.IsCompleted ? 1 : _goal == 0 ? 0 : Math.Min(1, view.Sequence / (double)_goal);

    /// <summary>How often viewers are told a new price; stores elsewhere are paid for each question.</summary>
    private TimeSpan PricesEach => settings.PriceHistory == PriceHistoryKind.Postgres ? TimeSpan.FromMilliseconds(200)
        : TimeSpan.FromSeconds(1);

    /// <summary>Somebody looks: waits a little until the journal has been read.</summary>
    /// <returns>Whether it has.</returns>
    public async Task<bool> ReadyAsync(TimeSpan most, CancellationToken cancellation)
    {
        Asked?.Invoke();
        if (!_ready.Task.IsCompleted)
            await Task.WhenAny(_ready.Task, Task.Delay(most, TimeProvider.System, cancellation));
        return _ready.Task.IsCompleted;
    }

    /// <summary>Waits a little until the view has what was appended before.</summary>
    public async Task SeenAsync(CancellationToken cancellation)
    {
        try
        {
            var last = await JournalReader.LastSequenceAsync(database.Journal, cancellation);
            for (var left = 50; left > 0 && _ready.Task.IsCompleted && view.Sequence < last; left--)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            // What was asked for is done; the page shows by itself that the database does not answer now.
        }
    }

    /// <summary>Reads what is new; the first time everything.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        try
        {
            if (!_ready.Task.IsCompleted)
                await CatchUpAsync(cancellation);
            await FollowAsync(cancellation);
            Keep(cancellation);
            (Trouble, ReadAt) = (null, TimeProvider.System.GetUtcNow());
        }
        catch (Exception failure) when (failure is NpgsqlException or StoreException or TimeoutException)
        {
            Trouble = "the journal's database does not answer";
            throw;
        }
    }

    // Beside the reading: it goes on meanwhile.
    private void Keep(CancellationToken cancellation)
    {
        if (file is null || !_keeping.IsCompleted || !_ready.Task.IsCompleted || view.Sequence - _kept < ViewFile.Each)
            return;
        _kept = view.Sequence;
        _keeping = Task.Run(() => file.SaveAsync(view, database.Journal, cancellation), cancellation);
    }

    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        if (file is not null && view.Sequence == 0 && await file.LoadAsync(view, database.Journal, cancellation))
            _kept = view.Sequence;
        _goal = await JournalReader.LastSequenceAsync(database.Journal, cancellation);
        await foreach (var batch in JournalReader.EventsAsync(database.Journal, view.Sequence, cancellation))
        {
            // What may still be followed by late numbers is left for the careful reading.
            var early = batch[^1].Sequence <= _goal - JournalReader.LateBy ? batch
                : [.. batch.TakeWhile(stored => stored.Sequence <= _goal - JournalReader.LateBy)];
            view.Add(early, null);
            if (early.Count < batch.Count)
                break;
        }
        hub.ForgetUpTo(view.Sequence);
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        for (var more = true; more;)
        {
            var rows = await JournalReader.NextAsync(database.Journal, view.Sequence, MostRows, cancellation);
            var events = Readable(rows);
            more = events.Count == MostRows;
            if (events.Count == 0)
                break;
            var told = new List<Told>();
            view.Add(events, told);
            foreach (var (kind, sequence, what) in told)
            {
                var message = StreamMessage.Of(kind, sequence, JsonSerializer.SerializeToUtf8Bytes(what, what.GetType(), ApiJson.Options));
                if (sequence > _goal)
                    hub.Send(message);
                else
                    hub.Keep(message);
            }
        }
        // A gap that may still be filled holds the reading up: before the start's last event nothing is sent to anybody.
        if (view.Sequence >= _goal)
            _ready.TrySetResult();
        if (hub.Viewers > 0 && TimeProvider.System.GetElapsedTime(_priceAsked) > PricesEach)
            await PricesAsync(cancellation);
    }

    // Up to a gap that may still be filled.
    private List<JournalEvent> Readable(IReadOnlyList<StoredEvent> rows)
    {
        var (events, position) = (new List<JournalEvent>(rows.Count), view.Sequence);
        foreach (var stored in rows)
        {
            if (stored.Sequence > position + 1 && position > 0 && !IsOver(position, stored))
                break;
            position = stored.Sequence;
            events.Add(new(stored.Sequence, stored.StreamId, stored.Version, stored.Timestamp, Decode(stored)));
        }
        return events;
    }

    private static object Decode(in StoredEvent stored)
    {
        if (stored.IsTombstone)
            return Nothing;
        try
        {
            return stored.Event();
        }
        catch (InvalidDataException unreadable)
        {
            return new Core.UnreadableEvent(unreadable.Message);
        }
    }

    private bool IsOver(long before, in StoredEvent after)
    {
        if (_gap.Before != before || _gap.Since == 0)
            _gap = (before, TimeProvider.System.GetTimestamp());
        // What was there at the start has had its time, unless it was appended just now.
        return (after.Sequence <= _goal && after.Timestamp < TimeProvider.System.GetUtcNow() - GapPatience)
            || TimeProvider.System.GetElapsedTime(_gap.Since) >= GapPatience;
    }

    private async Task PricesAsync(CancellationToken cancellation)
    {
        _priceAsked = TimeProvider.System.GetTimestamp();
        foreach (var symbol in settings.Symbols)
        {
            var newest = await database.Prices.LastAsync(symbol, settings.PriceIntervalSeconds,
                TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds(), 1, cancellation);
            if (newest is not [var price] || _prices.GetValueOrDefault(symbol) == price.UnixSeconds)
                continue;
            _prices[symbol] = price.UnixSeconds;
            hub.Send(StreamMessage.Of("price", null, JsonSerializer.SerializeToUtf8Bytes(
                new StreamedPrice(symbol, DateTimeOffset.FromUnixTimeSeconds(price.UnixSeconds), price.Price), ApiJson.Options)));
        }
    }
}

/// <summary>A price as the stream tells it.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="At">The instant from which it holds (UTC).</param>
/// <param name="Price">The price.</param>
public sealed record StreamedPrice(string Symbol, DateTimeOffset At, decimal Price);
