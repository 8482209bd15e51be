using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Benchmarks;

/// <summary>
/// What sealing, verifying and replaying cost over a million events, beside what the database can do: a plain Npgsql read of the same
/// columns, and COPY inside of the server. Rounds of all take turns, so that the machine's moods hit all; medians are printed.
/// </summary>
public static class AuditBenchmark
{
    private const int Rounds = 5;
    private const int WriterRounds = 9;
    private static readonly TimeSpan SealInterval = TimeSpan.FromSeconds(new TradingSettings().SealIntervalSeconds);

    private static int Events { get; set; }

    // A try with few events is over in a minute.
    private static TimeSpan WriterRound => TimeSpan.FromSeconds(Events >= 100_000 ? 11 : 1);

    /// <summary>Runs the benchmark over so many events; a million take about 2.5 GB of disk.</summary>
    public static async Task<int> RunAsync(int events)
    {
        Events = events;
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = new TradingSettings
            { Journal = JournalKind.Local, JournalFolder = Path.Combine(folder.FullName, "postgres"), JournalDatabase = "audit_benchmark" };
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(),
                NullLogger.Instance, CancellationToken.None);
            await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(
                server.ConnectionString)
            { CommandTimeout = 0, ReadBufferSize = Verifier.ReadBufferSize });
            await using var journal = new TradeJournal(server.ConnectionString, new("benchmark", "1.0.0"), TimeProvider.System);
            await journal.PrepareAsync();
            var key = SealKey.Create(Path.Combine(folder.FullName, "seal.key"));
            var sealer = new Sealer(database, key, TimeProvider.System);
            await sealer.PrepareAsync(default);

            await AuditJournal.FillAsync(database, Events);
            await using (var size = database.CreateCommand("select pg_relation_size('mt_events') / count(*) from mt_events"))
                Print($"{Events:N0} events of {await size.ExecuteScalarAsync():N0} bytes a row");
            var begin = Stopwatch.GetTimestamp();
            var state = await sealer.SealAsync(default);
            Print($"sealing                         {state.Sealed / Stopwatch.GetElapsedTime(begin).TotalSeconds,9:N0} events/s "
                + $"({state.Sealed:N0} at once)");
            await ExecuteAsync(database, "vacuum analyze");

            await ReadAsync(database, server.ConnectionString, key);
            await ProcessesAsync(settings, Path.Combine(folder.FullName, "seal.key.pub"));
            await WriteAsync(journal, sealer);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ReadAsync(NpgsqlDataSource database, string connectionString, SealKey key)
    {
        var audit = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(
            connectionString)
        { Pooling = false, CommandTimeout = 0, ReadBufferSize = Verifier.ReadBufferSize });
        await using var _ = audit;
        var (plain, copy, verify, decoded, replay) = (new List<double>(), new List<double>(), new List<double>(),
            new List<double>(), new List<double>());
        var copyTo = await CanCopyToFileAsync(database);
        for (var round = 0; round <= Rounds; round++)
        {
            var plainRate = await RateAsync(() => PlainReadAsync(database));
            var copyRate = await RateAsync(() => copyTo ? ExecuteAsync(database, $"copy (select {string.Join(", ", AuditLeaf.Columns)} "
                + "from mt_events order by seq_id) to '/dev/null'") : CopyOutAsync(database));
            GC.Collect();
            var verifyRate = await RateAsync(async () =>
            {
                var verified = await Verifier.VerifyAsync(audit, new([key.Public], []), null, default);
                if (!verified.Clean || verified.Events < Events)
                    throw new InvalidOperationException($"The journal does not verify: {verified}");
            });
            var decodedRate = await RateAsync(() => PlainReadForReplayAsync(database));
            GC.Collect();
            var replayRate = await RateAsync(() => ReplayAsync(audit));
            if (round == 0)
                continue; // the first round warms all up
            decoded.Add(decodedRate);
            replay.Add(replayRate);
            plain.Add(plainRate);
            copy.Add(copyRate);
            verify.Add(verifyRate);
            Print($"round {round}: verify {verifyRate,9:N0} /s, plain read {plainRate,9:N0} /s, copy {copyRate,9:N0} /s, verify/plain "
                + $"{verifyRate / plainRate:0.00}; replay {replayRate,9:N0} /s, plain read for it {decodedRate,9:N0} /s, ratio "
                + $"{replayRate / decodedRate:0.00}");
        }
        Print($"plain Npgsql read               {Median(plain),9:N0} events/s (the same columns, median of {Rounds})");
        Print($"COPY to {(copyTo ? "'/dev/null' in the server" : "a client that drops it  ")} {Median(copy),9:N0} events/s");
        Print($"verify                          {Median(verify),9:N0} events/s");
        Print(
            $"verify / plain read             {Median([.. verify.Zip(plain, (one, other) => one / other)]),9:0.00}   (aim: 0.80 or more)");
        Print($"verify / copy                   {Median([.. verify.Zip(copy, (one, other) => one / other)]),9:0.00}");
        Print($"replay                          {Median(replay),9:N0} events/s (every decision computed again)");
        Print($"plain Npgsql read of its columns{Median(decoded),9:N0} events/s");
        Print($"replay / plain read             {Median([.. replay.Zip(decoded, (one, other) => one / other)]),9:0.00}   (aim: 0.50 or "
            + "more)");
    }

    // What an auditor's machine needs for it.
    private static async Task ProcessesAsync(TradingSettings settings, string publicKey)
    {
        string[] journal = ["--journal-folder", settings.JournalFolder!, "--database", settings.JournalDatabase!];
        string[][] commands = [["audit", "verify", .. journal, "--public-key", publicKey], ["audit", "replay", .. journal]];
        foreach (var command in commands)
        {
            if (WholeProcess.Program is null)
            {
                Print($"whole process: services/Cli was not built with the same configuration");
                return;
            }
            var (seconds, peak, _) = await WholeProcess.RunAsync(command);
            Print(
                $"whole process, {command[1],-6}           {Events / seconds,9:N0} events/s, {peak / 1e6:N0} MB at most (aim: under 200)");
        }
    }

    // Writers append trades one by one; the sealer takes a turn as often as in the Executor.
    private static async Task WriteAsync(TradeJournal journal, Sealer sealer)
    {
        var (without, with) = (new List<double>(), new List<double>());
        for (var round = 0; round <= WriterRounds; round++)
        {
            // Which of the two goes first takes turns as well.
            var first = round % 2 == 0;
            var one = await AppendRateAsync(journal, first ? null : sealer, 2 * round);
            var other = await AppendRateAsync(journal, first ? sealer : null, 2 * round + 1);
            if (round == 0)
                continue;
            without.Add(first ? one : other);
            with.Add(first ? other : one);
            Print(
                $"round {round}: {with[^1],7:N0} appends/s with sealing, {without[^1],7:N0} without, ratio {with[^1] / without[^1]:0.000}");
        }
        Print($"appends without sealing         {Median(without),9:N0} /s (4 writers, each append a commit, median of {WriterRounds} "
            + $"rounds of {WriterRound.TotalSeconds:N0} s)");
        Print($"appends with sealing            {Median(with),9:N0} /s (every {SealInterval.TotalSeconds:N0} s)");
        Print($"ratio                           {Median([.. with.Zip(without, (sealing, alone) => sealing / alone)]),9:0.000}  (aim: "
            + "0.95 or more)");
    }

    private static async Task<double> AppendRateAsync(TradeJournal journal, Sealer? sealer, int round)
    {
        using var end = new CancellationTokenSource();
        var appends = 0L;
        // What the round before left unsealed is not this round's work.
        if (sealer is not null)
            await sealer.SealAsync(default);
        var begin = Stopwatch.GetTimestamp();
        var sealing = sealer is null ? Task.CompletedTask : Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(SealInterval);
            while (!end.IsCancellationRequested)
            {
                try
                {
                    await timer.WaitForNextTickAsync(end.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                await sealer.SealAsync(default);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; Stopwatch.GetElapsedTime(begin) < WriterRound; number++)
            {
                var trade = DerivedId.Create(Guid.Empty, FormattableString.Invariant($"{round}/{writer}/{number}"));
                await journal.AppendAsync([new(Trade.StreamId(trade), 0, [new OrderUnknown("benchmark", DateTimeOffset.UnixEpoch),
                    new OrderUnknown(new string('x', 600), DateTimeOffset.UnixEpoch)])], new(trade, "benchmark"), default);
                Interlocked.Increment(ref appends);
            }
        })));
        var rate = appends / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        await end.CancelAsync();
        await sealing;
        return rate;
    }

    private static async Task PlainReadAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand($"select {string.Join(", ", AuditLeaf.Columns)} from mt_events order by seq_id");
        await using var reader = await command.ExecuteReaderAsync();
        var bytes = 0L;
        while (await reader.ReadAsync())
        {
            bytes += reader.GetInt64(0) + reader.GetInt64(2) + reader.GetDateTime(3).Ticks + (reader.GetBoolean(4) ? 1 : 0)
                + reader.GetGuid(1).GetHashCode();
            for (var column = 5; column <= 10; column++)
                bytes += reader.GetString(column).Length;
            bytes += reader.GetFieldValue<byte[]>(11).Length + reader.GetFieldValue<byte[]>(12).Length
                + (reader.IsDBNull(13) ? 0 : reader.GetFieldValue<byte[]>(13).Length);
        }
        if (bytes == 0)
            throw new InvalidOperationException("Nothing was read.");
    }

    private static async Task PlainReadForReplayAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select seq_id, version, timestamp, stream_id, type, data from mt_events order by seq_id");
        await using var reader = await command.ExecuteReaderAsync();
        var bytes = 0L;
        while (await reader.ReadAsync())
            bytes += reader.GetInt64(0) + reader.GetInt64(1) + reader.GetDateTime(2).Ticks + reader.GetString(3).Length
                + reader.GetString(4).Length + reader.GetFieldValue<byte[]>(5).Length;
        if (bytes == 0)
            throw new InvalidOperationException("Nothing was read.");
    }

    private static async Task ReplayAsync(NpgsqlDataSource database)
    {
        var replay = new Replay();
        await foreach (var batch in JournalReader.EventsAsync(database))
        {
            foreach (var read in batch)
                replay.Add(read.Sequence, read.StreamId, read.Version, read.Event);
        }
        if (replay.First is { } difference)
            throw new InvalidOperationException($"The journal does not replay: {difference}");
    }

    private static async Task<bool> CanCopyToFileAsync(NpgsqlDataSource database)
    {
        try
        {
            await ExecuteAsync(database, "copy (select 1) to '/dev/null'");
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    private static async Task CopyOutAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var rows = await connection.BeginRawBinaryCopyAsync(
            $"copy (select {string.Join(", ", AuditLeaf.Columns)} from mt_events order by seq_id) to stdout (format binary)");
        await rows.CopyToAsync(Stream.Null);
    }

    private static async Task<double> RateAsync(Func<Task> act)
    {
        var begin = Stopwatch.GetTimestamp();
        await act();
        return Events / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    internal static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand(statements);
        // A million rows on a busy machine take longer than a question may.
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(string text) => Console.WriteLine(text);
}
