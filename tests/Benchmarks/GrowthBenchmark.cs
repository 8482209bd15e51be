using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Audit;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Checks;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Benchmarks;

/// <summary>
/// What questions cost in journals of growing size, what the whole check takes, and what marks cost the writers. Sizes in events come from
/// the command line.
/// </summary>
public static class GrowthBenchmark
{
    private const int Rounds = 7;
    private static readonly TimeSpan WriterRound = TimeSpan.FromSeconds(4);

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<int> sizes)
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            foreach (var size in sizes)
                await RunAsync(folder.FullName, size, checks: size == sizes[^1]);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string folder, int size, bool checks)
    {
        var settings = new TradingSettings
        {
            Journal = JournalKind.Local, JournalFolder = Path.Combine(folder, "postgres"), JournalDatabase = $"growth_{size}",
            SealKeyFile = Path.Combine(folder, "seal.key"),
        };
        await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
        var key = WriterKey.LoadOrCreate(Path.Combine(folder, "writer.key"));
        await using var journal = new TradeJournal(server.ConnectionString, new("benchmark", "1.0.0") { Key = key }, TimeProvider.System);
        await journal.PrepareAsync();
        var database = journal.Database;
        await AuditJournal.FillAsync(database, size);
        var account = new FoldedAccount(database, Portfolio.StreamId("main"));
        await account.FoldAsync(default);
        await account.WriteAsync(default);
        await StatedAccounts.StateAsync(journal, Portfolio.StreamId("main"), new(account.State!, account.Version),
            TimeProvider.System.GetUtcNow(), default);
        var sealer = new Sealer(database, SealKey.LoadOrCreate(settings.SealKeyFile!), TimeProvider.System);
        await sealer.PrepareAsync(default);
        await sealer.SealAsync(default);
        await AuditBenchmark.ExecuteAsync(database, "vacuum analyze");

        var newest = await TradeReading.NewestAsync(database, 0, long.MaxValue, default).FirstAsync();
        var (trade, fills) = (Trade.IdOf(newest.Proposed.StreamId)!.Value, new KnownFills(database));
        await fills.ReadAsync(default);
        var control = new JournalControl(journal, "main", TimeProvider.System);
        var at = newest.Proposed.Timestamp;
        Console.WriteLine($"{size,9:N0} events: list --limit 5 {await MedianAsync(async () => await TradeReading
            .NewestAsync(database, 0, long.MaxValue, default).Take(5).CountAsync()),7:0.0} ms");
        await TellAsync("why", () => TradeReading.TradeAsync(database, trade, default));
        await TellAsync("where as-of stands", () => StreamReading.AtAsync(database, Portfolio.StreamId("main"), at, default));
        await TellAsync("control status", async () =>
        {
            try
            {
                return await control.StatusAsync(default);
            }
            catch (ControlException)
            {
                return null;
            }
        });
        await TellAsync("reconciliation's fills", async () => { await fills.ReadAsync(default); return 0; });
        await TellAsync("newest prices at a start", () => HistoryCheck.NewestAsync(database, 20_000, default));
        await TellAsync("account folded at a start",
            () => new FoldedAccount(database, Portfolio.StreamId("main"), key).CompareAsync(default));
        await TellAsync("as-of folded", async () =>
        {
            var folded = new FoldedAccount(database, Portfolio.StreamId("main"), key);
            return await folded.FoldAsync(account.Version, default);
        });
        await TellAsync("account compared again", () => account.CompareAsync(default));
        if (!checks)
            return;
        var report = await new JournalAudit(database, server.ConnectionString, settings, SecretStores.Store(settings, TimeProvider.System))
            .RunAsync([], default);
        foreach (var part in report.Parts)
            Console.WriteLine($"  check {part.Name,-26} {part.Seconds,8:0.0} s  {part.Told}");
        await MarksAsync(server.ConnectionString, folder);
    }

    private static async Task TellAsync<T>(string what, Func<Task<T>> act) =>
        Console.WriteLine($"  {what,-32} {await MedianAsync(async () => await act()),8:0.0} ms");

    private static async Task<double> MedianAsync(Func<Task> act)
    {
        var times = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            await act();
            if (round > 0)
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return times.Order().ElementAt(times.Count / 2);
    }

    private static async Task MarksAsync(string connectionString, string folder)
    {
        var key = WriterKey.LoadOrCreate(Path.Combine(folder, "writer.key"));
        var (without, with) = (new List<double>(), new List<double>());
        for (var round = 0; round < 4; round++)
        {
            without.Add(await AppendsAsync(connectionString, null, round));
            with.Add(await AppendsAsync(connectionString, key, round));
        }
        Console.WriteLine($"  appends without marks {without.Order().ElementAt(2):N0}/s, with marks {with.Order().ElementAt(2):N0}/s");
        await using var journal = new TradeJournal(connectionString, new("benchmark", "1.0.0"), TimeProvider.System);
        var happened = (await TradeReading.NewestAsync(journal.Database, 0, long.MaxValue, default).Skip(5).FirstAsync()).Proposed.Event();
        var begin = Stopwatch.GetTimestamp();
        for (var mark = 0; mark < 5000; mark++)
            key.Of(happened, "trade-x", 1, "x", "x", journal.Writer);
        Console.WriteLine($"  a mark of a proposal {Stopwatch.GetElapsedTime(begin).TotalMicroseconds / 5000:0.0} µs");
    }

    private static async Task<double> AppendsAsync(string connectionString, WriterKey? key, int round)
    {
        await using var journal = new TradeJournal(connectionString, new("benchmark", "1.0.0") { Key = key }, TimeProvider.System);
        var (begin, appends) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; Stopwatch.GetElapsedTime(begin) < WriterRound; number++)
            {
                var trade = DerivedId.Create(Guid.Empty, FormattableString.Invariant($"{key is null}/{round}/{writer}/{number}"));
                await journal.AppendAsync([new(Trade.StreamId(trade), 0, [new OrderUnknown("benchmark", DateTimeOffset.UnixEpoch),
                    new OrderUnknown(new string('x', 600), DateTimeOffset.UnixEpoch)])], new(trade, "benchmark"), default);
                Interlocked.Increment(ref appends);
            }
        })));
        return appends / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
