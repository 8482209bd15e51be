using Npgsql;
using Trading.Core;
using Trading.Dashboard.Answers;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Schema;

namespace Trading.Dashboard.Reading;

/// <summary>
/// The program's own journal, and others of its server that somebody looks at: a few at a time, each read when it is asked for and
/// forgotten when nobody has asked for a while.
/// </summary>
/// <param name="own">The program's own.</param>
/// <param name="journal">Where that is.</param>
/// <param name="settings">The program's settings.</param>
public sealed class OpenJournals(JournalReading own, TradeJournal journal, TradingSettings settings) : IAsyncDisposable
{
    /// <summary>The parameter that names another journal.</summary>
    public const string Parameter = "journal";

    private const int Most = 3, MostListed = 50;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10), Fresh = TimeSpan.FromSeconds(2),
        ListKept = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _one = new(1, 1), _listing = new(1, 1);
    private readonly Dictionary<string, Opened> _others = [];
    private (IReadOnlyList<JournalRow> Rows, long At)? _list;

    /// <summary>Name of the program's own.</summary>
    public string Own { get; } = new NpgsqlConnectionStringBuilder(journal.ConnectionString).Database!;

    /// <summary>The journal that a request asks about; it stays open until the request has ended.</summary>
    /// <exception cref="ApiException">There is no such journal, or it cannot be read.</exception>
    public static async ValueTask<JournalReading> AskedForAsync(HttpContext context)
    {
        var use = await context.RequestServices.GetRequiredService<OpenJournals>()
            .UseAsync(context.Request.Query[Parameter].ToString(), context.RequestAborted);
        context.Response.RegisterForDisposeAsync(use);
        return use.Reading;
    }

    /// <summary>A journal by the name of its database; the program's own where none is given.</summary>
    /// <exception cref="ApiException">There is no such journal, or it cannot be read.</exception>
    public async Task<JournalUse> UseAsync(string? database, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(database) || database == Own)
            return new(own, () => ValueTask.CompletedTask);
        await _one.WaitAsync(cancellation);
        try
        {
            var now = TimeProvider.System.GetTimestamp();
            foreach (var (name, known) in _others.Where(entry => TimeProvider.System.GetElapsedTime(entry.Value.AskedAt) > Kept).ToList())
                await ForgetAsync(name, known);
            if (!_others.TryGetValue(database, out var opened))
            {
                if (_others.Count >= Most && _others.MinBy(entry => entry.Value.AskedAt) is var oldest)
                    await ForgetAsync(oldest.Key, oldest.Value);
                _others[database] = opened = await OpenAsync(database, cancellation);
            }
            opened.AskedAt = now;
            return opened.Use();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The newest journals of the server, and the program's own, newest first.</summary>
    public async Task<IReadOnlyList<JournalRow>> ListAsync(CancellationToken cancellation)
    {
        await _listing.WaitAsync(cancellation);
        try
        {
            // Each is opened and counted: many who look at the list do not make more of that.
            if (_list is { } known && TimeProvider.System.GetElapsedTime(known.At) < ListKept)
                return known.Rows;
            var entries = await JournalCatalog.ListAsync(journal.ConnectionString, MostListed, Own, cancellation);
            var rows = entries.Reverse().Select(entry => new JournalRow(entry.Database, entry.Prices ?? "other", entry.Bytes,
                entry.Database == Own, entry.From, entry.To, entry.Events, entry.Trades, entry.SealedTo, entry.InUse)).ToList();
            _list = (rows, TimeProvider.System.GetTimestamp());
            return rows;
        }
        finally
        {
            _listing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (name, opened) in _others.ToList())
            await ForgetAsync(name, opened);
        _one.Dispose();
        _listing.Dispose();
    }

    /// <summary>Checks that there is a journal.</summary>
    /// <exception cref="ApiException">There is none of that name.</exception>
    public async Task MustBeThereAsync(string database, CancellationToken cancellation)
    {
        if (!(await JournalCatalog.NamesAsync(journal.ConnectionString, cancellation)).Contains(database))
            throw Problems.NotFound($"this server has no journal {database} that may be opened");
    }

    private async Task<Opened> OpenAsync(string database, CancellationToken cancellation)
    {
        await MustBeThereAsync(database, cancellation);
        var connection = new NpgsqlConnectionStringBuilder(journal.ConnectionString) { Database = database }.ConnectionString;
        var there = new DashboardDatabase(connection, settings with { PriceHistory = PriceHistoryKind.Postgres });
        try
        {
            await JournalSchema.DemandReadableAsync(there.Journal, cancellation);
            var accounts = (await JournalReader.StreamsAsync(there.Journal, Portfolio.StreamId(""), cancellation))
                .Select(stream => stream[Portfolio.StreamId("").Length..]).ToList();
            var account = accounts.Contains(settings.Account) ? settings.Account : accounts.FirstOrDefault() ?? settings.Account;
            return new(new(there, new(account), new(), settings), there);
        }
        catch (Exception wrong)
        {
            await there.DisposeAsync();
            if (wrong is not (JournalSchemaException or PostgresException))
                throw;
            throw new ApiException(Problems.Of(StatusCodes.Status409Conflict, "unreadable-journal",
                $"the journal {database} cannot be read: {(wrong as PostgresException)?.MessageText ?? wrong.Message}"));
        }
    }

    private async Task ForgetAsync(string name, Opened opened)
    {
        _others.Remove(name);
        await opened.ForgetAsync();
    }

    /// <summary>Another journal: read on by those who ask for it, closed when it is forgotten and the last of them has ended.</summary>
    private sealed class Opened : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly DashboardDatabase _database;
        private readonly Lock _lock = new();
        private Task _task = Task.CompletedTask;
        private long _readAt;
        private int _holders = 1;

        public Opened(JournalReading reading, DashboardDatabase database)
        {
            (Reading, _database) = (reading, database);
            reading.Asked += Read;
        }

        public JournalReading Reading { get; }

        public long AskedAt { get; set; }

        public JournalUse Use()
        {
            Interlocked.Increment(ref _holders);
            return new(Reading, LeaveAsync);
        }

        /// <summary>Nobody finds it any more.</summary>
        public ValueTask ForgetAsync() => LeaveAsync();

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Reading.Proofs.Dispose();
            await _database.DisposeAsync();
            _stop.Dispose();
        }

        private ValueTask LeaveAsync() => Interlocked.Decrement(ref _holders) == 0 ? DisposeAsync() : ValueTask.CompletedTask;

        private void Read()
        {
            lock (_lock)
            {
                if (!_task.IsCompleted || _stop.IsCancellationRequested
                    || (_readAt != 0 && Reading.Progress >= 1 && TimeProvider.System.GetElapsedTime(_readAt) < Fresh))
                    return;
                _readAt = TimeProvider.System.GetTimestamp();
                _task = Task.Run(ReadAsync);
            }
        }

        private async Task ReadAsync()
        {
            try
            {
                await Reading.ReadAsync(_stop.Token);
                // A gap that may still be filled holds the first reading up.
                while (Reading.Progress < 1)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, _stop.Token);
                    await Reading.ReadAsync(_stop.Token);
                }
            }
            catch (Exception failed) when (failed is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                // The reading tells its trouble to who asks, and the next one who does begins it again.
            }
        }
    }
}

/// <summary>A journal that somebody reads: it is not closed before this is.</summary>
/// <param name="reading">The journal.</param>
/// <param name="leave">Ends the use.</param>
public sealed class JournalUse(JournalReading reading, Func<ValueTask> leave) : IAsyncDisposable
{
    private Func<ValueTask>? _leave = leave;

    /// <summary>The journal.</summary>
    public JournalReading Reading => reading;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _leave, null)?.Invoke() ?? ValueTask.CompletedTask;
}
