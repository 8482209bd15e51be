using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>What one run of thinning did.</summary>
/// <param name="Removed">Checkpoints that it removed.</param>
/// <param name="Looked">Checkpoints, and places of earlier runs, that it looked at.</param>
public readonly record struct ThinningRun(long Removed, long Looked);

/// <summary>
/// Removes older checkpoints: all of the last day stay, then the last of each hour, and behind thirty days the last of each day. The first,
/// those that hand over to another key and those with a time stamp stay as well. An event says where, and so keeps the chain whole. The
/// first run looks at all that is left; each later one goes on where no more is to be done before, so its cost does not grow with the
/// journal.
/// </summary>
/// <param name="journal">The journal.</param>
public sealed class CheckpointThinning(TradeJournal journal)
{
    /// <summary>So long every checkpoint stays.</summary>
    public static readonly TimeSpan AllFor = TimeSpan.FromDays(1);

    /// <summary>So long one an hour stays; then one a day.</summary>
    public static readonly TimeSpan HourlyFor = TimeSpan.FromDays(30);

    // Nothing changes any more before a checkpoint that is so old: days end at midnight, and both ends of a stretch are looked at.
    private static readonly TimeSpan DoneAfter = HourlyFor + TimeSpan.FromDays(2);

    // Most checkpoints that are looked at in one run, how many are read at once, and most places in one event.
    private const int AtOnce = 50_000, Page = 5000, MostGaps = 500;

    private const string Oldest = """
        select c.position, c.note, exists (select from audit.timestamps t where t.position = c.position) from audit.checkpoints c
        where c.position >= $1 order by c.position limit $2
        """;

    private readonly Dictionary<long, ThinnedCheckpoints> _gaps = [];
    private long _version;
    private long _from;

    private sealed record Known(long Position, SignedCheckpoint? Signed, bool Stays);

    /// <summary>Whether this role may remove checkpoints.</summary>
    public static async Task<bool> MayAsync(NpgsqlDataSource database, CancellationToken cancellation) => (await database.RowsAsync(
        "select has_table_privilege('audit.checkpoints', 'delete') and has_table_privilege('audit.cosignatures', 'delete')",
        row => row.GetBoolean(0), cancellation))[0];

    /// <summary>Thins what is old enough and was not thinned yet.</summary>
    public async Task<ThinningRun> RunAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var (removed, looked) = await FinishAsync(cancellation);
        var known = await KnownAsync(now, cancellation);
        var gaps = Gaps(known, now, _gaps).ToList();
        foreach (var some in gaps.Chunk(MostGaps))
        {
            await journal.AppendToEndAsync(AuditLeaf.CheckpointStream, new CheckpointsThinned(some, now), new(null, "sealing"),
                cancellation);
            removed += await RemoveAsync(journal.Database, some, cancellation);
        }
        GoOn(known, gaps, now);
        return new(removed, looked + known.Count);
    }

    // A run that was interrupted behind its event is finished first: that can only be the newest one.
    private async Task<ThinningRun> FinishAsync(CancellationToken cancellation)
    {
        var (version, looked, newest) = (_version, 0L, (IReadOnlyList<ThinnedCheckpoints>)[]);
        await foreach (var stored in StreamReading.ReadAsync(
            journal.Database, AuditLeaf.CheckpointStream, version, cancellation: cancellation))
        {
            (version, newest) = (stored.Version, Read(stored));
            foreach (var gap in newest)
                _gaps[gap.Before] = gap;
            looked += newest.Count;
        }
        var removed = await RemoveAsync(journal.Database, newest, cancellation);
        _version = version;
        return new(removed, looked);
    }

    // Those that are old enough, and a few behind them.
    private async Task<List<Known>> KnownAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var known = new List<Known>();
        for (var next = _from; known.Count < AtOnce; next = known[^1].Position + 1)
        {
            var page = await journal.Database.RowsAsync(Oldest, row => Read(row.GetInt64(0), row.GetString(1), row.GetBoolean(2)),
                cancellation, next, Page);
            known.AddRange(page);
            if (page.Count < Page || (page[^1].Signed is { Checkpoint.At: var at } && now - at < AllFor))
                break;
        }
        return known;
    }

    // From the newest one that is old enough, stays, and is not the end of what was looked at.
    private void GoOn(List<Known> known, List<ThinnedCheckpoints> gaps, DateTimeOffset now)
    {
        var at = 0;
        foreach (var one in known.SkipLast(1))
        {
            while (at < gaps.Count && gaps[at].Before <= one.Position)
                at++;
            var isGone = at < gaps.Count && gaps[at].After < one.Position;
            if (!isGone && one.Signed is { Checkpoint.At: var then } && now - then > DoneAfter)
                _from = one.Position;
        }
        foreach (var before in _gaps.Keys.Where(before => before <= _from).ToList())
            _gaps.Remove(before);
    }

    /// <summary>Where checkpoints were thinned, by the number of the checkpoint behind; where two overlap, the wider one.</summary>
    public static async Task<IReadOnlyDictionary<long, ThinnedCheckpoints>> GapsAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        var gaps = new Dictionary<long, ThinnedCheckpoints>();
        await foreach (var stored in StreamReading.ReadAsync(database, AuditLeaf.CheckpointStream, cancellation: cancellation))
        {
            foreach (var gap in Read(stored))
                gaps[gap.Before] = gap;
        }
        return gaps;
    }

    private static IEnumerable<ThinnedCheckpoints> Gaps(
        List<Known> known, DateTimeOffset now, IReadOnlyDictionary<long, ThinnedCheckpoints> before)
    {
        for (var kept = 0; kept < known.Count - 1;)
        {
            var next = kept + 1;
            while (next < known.Count - 1 && MayGo(known[next], known[next + 1], now))
                next++;
            // Only whole stretches whose checkpoints follow on each other, thinned before or not.
            if (next > kept + 1 && known[kept].Signed is { } first && known[next].Signed is { Checkpoint.Previous: { } previous }
                && IsChain(known, kept, next, before))
                yield return new(known[kept].Position, Convert.ToBase64String(first.Hash()), known[next].Position,
                    Convert.ToBase64String(previous));
            kept = next;
        }
    }

    private static bool MayGo(Known one, Known next, DateTimeOffset now)
    {
        if (one.Stays || one.Signed is not { Checkpoint: { NextKey: null, At: var at } } || next.Signed is not { Checkpoint.At: var then }
            || now - then < AllFor)
            return false;
        // The last of its hour or day stays.
        return now - then < HourlyFor ? Hour(at) == Hour(then) : at.UtcDateTime.Date == then.UtcDateTime.Date;
    }

    private static bool IsChain(List<Known> known, int first, int last, IReadOnlyDictionary<long, ThinnedCheckpoints> before)
    {
        for (var at = first + 1; at <= last; at++)
        {
            var (one, next) = (known[at - 1], known[at]);
            if (one.Signed is null || next.Signed is null
                || !(next.Position == one.Position + 1 && one.Signed.Hash().AsSpan().SequenceEqual(next.Signed.Checkpoint.Previous)
                    || before.TryGetValue(next.Position, out var gap) && Links(gap, one.Position, one.Signed, next.Signed)))
                return false;
        }
        return true;
    }

    /// <summary>Whether a record of thinned checkpoints leads from one checkpoint to the next that is left.</summary>
    internal static bool Links(ThinnedCheckpoints gap, long position, SignedCheckpoint one, SignedCheckpoint next) =>
        gap.After == position && gap.AfterSha256 == Convert.ToBase64String(one.Hash())
        && next.Checkpoint.Previous is { } previous && gap.Previous == Convert.ToBase64String(previous);

    private static long Hour(DateTimeOffset at) => at.ToUnixTimeSeconds() / 3600;

    private static async Task<long> RemoveAsync(
        NpgsqlDataSource database, IReadOnlyList<ThinnedCheckpoints> gaps, CancellationToken cancellation)
    {
        if (gaps.Count == 0)
            return 0;
        object[] places = [gaps.Select(gap => gap.After).ToArray(), gaps.Select(gap => gap.Before).ToArray()];
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        const string Between = "using unnest($1::bigint[], $2::bigint[]) as gap (after, before) where c.position > after and c.position < "
            + "before";
        await connection.ExecuteAsync($"delete from audit.cosignatures c {Between}", cancellation, places);
        var removed = await connection.ExecuteAsync($"delete from audit.checkpoints c {Between}", cancellation, places);
        await transaction.CommitAsync(cancellation);
        return removed;
    }

    private static Known Read(long position, string note, bool stamped)
    {
        try
        {
            return new(position, SignedCheckpoint.Parse(note), stamped);
        }
        catch (FormatException)
        {
            // The verification names it; it stays as it is.
            return new(position, null, true);
        }
    }

    private static IReadOnlyList<ThinnedCheckpoints> Read(StoredEvent stored)
    {
        try
        {
            return stored.Event() is CheckpointsThinned thinned ? thinned.Gaps : [];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
