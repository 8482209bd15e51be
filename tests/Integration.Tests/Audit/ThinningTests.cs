using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Old checkpoints are thinned, and the chain of those that are left stays whole.</summary>
public sealed class ThinningTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 30, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-thinning-").FullName;
    private readonly SealKey _key;

    public ThinningTests() => _key = SealKey.Create(Path.Combine(_folder, "key"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task all_of_the_last_day_stay_then_one_an_hour_then_one_a_day_and_everything_verifies()
    {
        await using var opened = await OpenAsync();
        var database = opened.Database;
        Assert.Equal(Made, (await VerifyAsync(database)).Checkpoints);
        var anchor = new FolderAnchor(Path.Combine(_folder, "kept"));
        await AnchorSetup.RunAsync(database, [anchor], null, isNew: true, default);
        foreach (var checkpoint in await CheckpointsAsync(database))
            await anchor.KeepAsync(checkpoint, default);

        var thinning = new CheckpointThinning(opened);
        var (removed, _) = await thinning.RunAsync(Now, default);
        await SealAsync(opened, Now);

        // The first, the last of each of two days, of each of two hours, and three of today, beside the one over the record itself.
        var left = await CheckpointsAsync(database);
        Assert.Equal([.. Times(Kept).Append(Now)], left.Select(one => one.Checkpoint.At));
        Assert.Equal(Made - Kept.Length, removed);
        var verified = await VerifyAsync(database, (await anchor.KeptAsync(left[0].Checkpoint.Origin, default)).Checkpoints);
        Assert.Empty(verified.First);
        Assert.Equal((left.Count, Made), (verified.Checkpoints, verified.Kept));
        Assert.Equal(0, (await thinning.RunAsync(Now, default)).Removed);
        // The sealer does not take a thinned checkpoint for one that was taken away.
        Assert.Empty(await AnchorCheck.CompareAsync(database, anchor, mayBeEmpty: false, Now, default));

        // Forty days later one a day is left of all; the record of the hours is replaced.
        Assert.True((await thinning.RunAsync(Now.AddDays(40), default)).Removed > 0);
        await SealAsync(opened, Now.AddDays(40));
        Assert.Empty((await VerifyAsync(database)).First);
        Assert.Equal(6, (await CheckpointsAsync(database)).Count);
    }

    [Fact]
    public async Task what_a_run_looks_at_does_not_grow_with_the_days_that_the_journal_is_old()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(connection, new("test", "1"), TimeProvider.System);
        await journal.PrepareAsync();
        await new Sealer(journal.Database, _key, TimeProvider.System).PrepareAsync(default);
        var thinning = new CheckpointThinning(journal);
        var (looked, removed, last) = (new List<long>(), 0L, default(SignedCheckpoint));
        const int Days = 80, ADay = 6;
        for (var day = 0; day < Days; day++)
        {
            last = await AddDayAsync(journal.Database, day * ADay, Now.Date.AddDays(day), last);
            var run = await thinning.RunAsync(new DateTimeOffset(Now.Date, TimeSpan.Zero).AddDays(day + 1), default);
            looked.Add(run.Looked);
            removed += run.Removed;
        }
        Assert.Equal(looked.Skip(40).Take(10).Max(), looked.TakeLast(10).Max());
        Assert.InRange(looked.Max(), 1, 200);
        // Of each day that is old enough one is left, of each hour before that one.
        Assert.Equal(Days * ADay - removed, (await CheckpointsAsync(journal.Database)).Count);
        Assert.InRange(removed, (Days - 32) * (ADay - 1), Days * (ADay - 1));
        // Another process that begins finds nothing more to do.
        Assert.Equal(0, (await new CheckpointThinning(journal).RunAsync(new DateTimeOffset(Now.Date, TimeSpan.Zero).AddDays(Days), default))
            .Removed);

        // Three in each of two hours.
        async Task<SignedCheckpoint?> AddDayAsync(NpgsqlDataSource database, int position, DateTime date, SignedCheckpoint? before)
        {
            await using var connection = await database.OpenConnectionAsync();
            for (var each = 0; each < ADay; each++)
            {
                var at = new DateTimeOffset(date, TimeSpan.Zero).AddHours(each / 3).AddMinutes(each);
                before = new Checkpoint("trading/flat-00000000", position + each + 1, new byte[32], at, before?.Hash(), null, null)
                    .Sign(_key);
                await using var insert = new NpgsqlCommand("insert into audit.checkpoints values ($1, $1, $1, $2, '')", connection)
                {
                    Parameters = { new() { Value = (long)position + each + 1 }, new() { Value = before.Note } },
                };
                await insert.ExecuteNonQueryAsync();
            }
            return before;
        }
    }

    [Theory]
    [InlineData("delete from audit.checkpoints where position = (select max(position) - 2 from audit.checkpoints)", " is gone")]
    [InlineData("update audit.checkpoints set note = replace(note, 'time 2026-06-14T03:', 'time 2026-06-14T04:')", "was changed")]
    [InlineData("delete from mt_events where type = 'checkpoints_thinned'", " is gone")]
    public async Task a_checkpoint_that_is_gone_or_changed_besides_is_found(string attack, string told)
    {
        await using var opened = await OpenAsync();
        Assert.True((await new CheckpointThinning(opened).RunAsync(Now, default)).Removed > 0);
        await SealAsync(opened, Now);

        await SealedJournal.ExecuteAsync(opened.Database, attack);

        Assert.Contains((await VerifyAsync(opened.Database)).First, wrong => wrong.Detail.Contains(told, StringComparison.Ordinal));
    }

    // Days before, hours and minutes of each checkpoint, and whether thinning keeps it.
    private static readonly (int Days, int Hour, int Minute, bool Stays)[] Plan =
    [
        (60, 3, 0, true), (60, 3, 1, false), (60, 9, 0, true), (59, 1, 0, false), (59, 5, 0, false), (59, 23, 0, true),
        (1, 3, 1, false), (1, 3, 2, false), (1, 3, 3, true), (1, 4, 1, false), (1, 4, 2, true), (0, 10, 1, true), (0, 10, 2, true),
        (0, 10, 3, true),
    ];

    private static long Made => Plan.Length;

    private static (int Days, int Hour, int Minute, bool Stays)[] Kept { get; } = [.. Plan.Where(one => one.Stays)];

    private static IEnumerable<DateTimeOffset> Times((int Days, int Hour, int Minute, bool Stays)[] plan) =>
        plan.Select(one => new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero).AddDays(-one.Days).AddHours(one.Hour)
            .AddMinutes(one.Minute));

    private async Task<TradeJournal> OpenAsync()
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var journal = new TradeJournal(connection, new("test", "1"), TimeProvider.System);
        await journal.PrepareAsync();
        await new Sealer(journal.Database, _key, TimeProvider.System).PrepareAsync(default);
        await journal.DecideAsync("main", new OpenAccount("main", "live", 10_000, InProcessSystem.Start), "test", default);
        foreach (var at in Times(Plan))
            await SealAsync(journal, at);
        return journal;
    }

    private async Task SealAsync(TradeJournal journal, DateTimeOffset at)
    {
        await journal.DecideAsync("main", new AdjustCash(1, "kim", "x", at), "test", default);
        await new Sealer(journal.Database, _key, new ManualTime(at)).SealAsync(default);
    }

    private async Task<Verification> VerifyAsync(NpgsqlDataSource database, IReadOnlyList<SignedCheckpoint>? outside = null) =>
        await Verifier.VerifyAsync(database, new([_key.Public], outside ?? []), null, default);

    private static async Task<List<SignedCheckpoint>> CheckpointsAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select note from audit.checkpoints order by position");
        await using var reader = await command.ExecuteReaderAsync();
        var checkpoints = new List<SignedCheckpoint>();
        while (await reader.ReadAsync())
            checkpoints.Add(SignedCheckpoint.Parse(reader.GetString(0)));
        return checkpoints;
    }
}
