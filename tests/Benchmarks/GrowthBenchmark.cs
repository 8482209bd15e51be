using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
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
/// What questions cost in journals of growing size, what the whole check takes, and what marks and folds cost the writers. Sizes in events
/// come from the command line; a million takes about 2.5 GB of disk, and each journal is deleted before the next is made.
/// </summary>
public static class GrowthBenchmark
{
    private const int Rounds = 7, WriterRounds = 5, AccountEvents = 20_000;

    // How rows are written.
    private static readonly JsonSerializerOptions Row = new(JsonSerializerDefaults.Web)
    { Converters = { new PackedProposal(), new JsonStringEnumConverter() } };

    /// <summary>Questions in journals of these sizes.</summary>
    public static Task<int> RunAsync(IReadOnlyList<int> sizes) => WithFolderAsync(async folder =>
    {
        foreach (var size in sizes)
        {
            await WithJournalAsync(folder, size, QuestionsAsync);
            Directory.Delete(Path.Combine(folder, "postgres"), recursive: true);
        }
    });

    /// <summary>The whole check of a journal of this size.</summary>
    public static Task<int> CheckAsync(int events) => WithFolderAsync(folder => WithJournalAsync(folder, events, async made =>
    {
        var begin = Stopwatch.GetTimestamp();
        var report = await new JournalAudit(made.Journal.Database, made.Connection, made.Settings,
            SecretStores.Store(made.Settings, TimeProvider.System)).RunAsync([], default);
        foreach (var part in report.Parts)
            Console.WriteLine($"  check {part.Name,-26} {part.Seconds,8:0.0} s  {part.Told}{(part.Clean ? "" : "  WRONG")}");
        Console.WriteLine($"  {events:N0} events in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s");
    }));

    /// <summary>What marks and folds take of the writers' time, in rounds of so many seconds.</summary>
    public static Task<int> WritersAsync(int seconds) =>
        WithFolderAsync(folder => WithJournalAsync(folder, AccountEvents, made => WritersAsync(made, TimeSpan.FromSeconds(seconds))));

    private static async Task<int> WithFolderAsync(Func<string, Task> act)
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            await act(folder.FullName);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Made(
        TradeJournal Journal, string Connection, TradingSettings Settings, FoldedAccount Account, WriterKey Key, int Size);

    private static async Task WithJournalAsync(string folder, int size, Func<Made, Task> act)
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
        await act(new(journal, server.ConnectionString, settings, account, key, size));
    }

    private static async Task QuestionsAsync(Made made)
    {
        var (journal, account, database) = (made.Journal, made.Account, made.Journal.Database);
        var newest = await TradeReading.NewestAsync(database, 0, long.MaxValue, default).FirstAsync();
        var (trade, fills) = (Trade.IdOf(newest.Proposed.StreamId)!.Value, new KnownFills(database));
        await fills.ReadAsync(default);
        var control = new JournalControl(journal, "main", TimeProvider.System);
        var at = newest.Proposed.Timestamp;
        Console.WriteLine($"{made.Size,9:N0} events: list --limit 5 {await MedianAsync(async () => await TradeReading
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
            () => new FoldedAccount(database, Portfolio.StreamId("main"), made.Key).CompareAsync(default));
        await TellAsync("as-of folded", async () =>
        {
            var folded = new FoldedAccount(database, Portfolio.StreamId("main"), made.Key);
            return await folded.FoldAsync(account.Version, default);
        });
        await TellAsync("account compared again", () => account.CompareAsync(default));
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

    // The share is what a mark takes of an append of two events, and what a comparison of the account takes of the time between two.
    private static async Task WritersAsync(Made made, TimeSpan round)
    {
        var (without, with) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < WriterRounds; turn++)
        {
            without.Add(await AppendsAsync(made.Connection, null, turn, round));
            with.Add(await AppendsAsync(made.Connection, made.Key, turn, round));
        }
        var (plain, marked) = (Median(without), Median(with));
        Console.WriteLine($"  appends without marks {plain:N0}/s, with marks {marked:N0}/s, ratio "
            + $"{Median([.. with.Zip(without, (one, other) => one / other)]):0.000} (the disk's moods are more than the marks)");
        // A mark and the row share one serialization: what a mark adds is both less the row alone.
        var (events, alone, both) = (Proposals(), double.MaxValue, double.MaxValue);
        for (var turn = 0; turn < WriterRounds; turn++)
        {
            alone = Math.Min(alone, Microseconds(happened => JsonSerializer.SerializeToUtf8Bytes(happened, Row)));
            both = Math.Min(both, Microseconds(happened =>
            {
                made.Key.Of(happened, "trade-x", 1, "x", "x", made.Journal.Writer);
                JsonSerializer.SerializeToUtf8Bytes(happened, Row);
            }));
        }
        var mark = both - alone;
        var fold = await MedianAsync(() => made.Account.CompareAsync(default));
        var append = Writers * 1e6 / plain;
        Console.WriteLine($"  a mark of a proposal {mark:0.0} µs beside {alone:0.0} µs of its row, two of them "
            + $"{2 * mark / append:0.00 %} of an append of {append:N0} µs (aim: under 3 % with the folds)");
        Console.WriteLine($"  the account compared with its events {fold:0.0} ms, every {made.Settings.AccountCheckSeconds} s: "
            + $"{fold / 1000 / made.Settings.AccountCheckSeconds:0.00 %}");

        // The processor's time: that of others does not count.
        double Microseconds(Action<TradeProposed> act)
        {
            var begin = Process.GetCurrentProcess().TotalProcessorTime;
            events.ForEach(act);
            return (Process.GetCurrentProcess().TotalProcessorTime - begin).TotalMicroseconds / events.Count;
        }

        List<TradeProposed> Proposals() => [.. AuditJournal.Minutes().Take(1000).SelectMany(minute => minute).Select(one => one.Event)
            .OfType<TradeProposed>()];
    }

    private const int Writers = 4;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> AppendsAsync(string connectionString, WriterKey? key, int turn, TimeSpan round)
    {
        await using var journal = new TradeJournal(connectionString, new("benchmark", "1.0.0") { Key = key }, TimeProvider.System);
        var (begin, appends) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; Stopwatch.GetElapsedTime(begin) < round; number++)
            {
                var trade = DerivedId.Create(Guid.Empty, FormattableString.Invariant($"{key is null}/{turn}/{writer}/{number}"));
                await journal.AppendAsync([new(Trade.StreamId(trade), 0, [new OrderUnknown("benchmark", DateTimeOffset.UnixEpoch),
                    new OrderUnknown(new string('x', 600), DateTimeOffset.UnixEpoch)])], new(trade, "benchmark"), default);
                Interlocked.Increment(ref appends);
            }
        })));
        return appends / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
