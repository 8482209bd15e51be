using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Benchmarks;

/// <summary>
/// What sealing and verifying cost over a million events, beside what the database can do: a plain Npgsql read of the same columns, and COPY inside of the server. Rounds of all take
/// turns, so that the machine's moods hit all; medians are printed.
/// </summary>
public static class AuditBenchmark
{
    private const int Events = 1_000_000;
    private const int Rounds = 5;
    private const int WriterRounds = 7;
    private static readonly TimeSpan WriterRound = TimeSpan.FromSeconds(11);
    private static readonly TimeSpan SealInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = new TradingSettings { Journal = JournalKind.Local, JournalFolder = Path.Combine(folder.FullName, "postgres"), JournalDatabase = "audit_benchmark" };
            await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, CancellationToken.None);
            await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { CommandTimeout = 0, ReadBufferSize = Verifier.ReadBufferSize });
            await using var journal = new TradeJournal(server.ConnectionString, new("benchmark", "1.0.0"), TimeProvider.System);
            await journal.PrepareAsync();
            var key = SealKey.Create(Path.Combine(folder.FullName, "seal.key"));
            var sealer = new Sealer(database, key, TimeProvider.System);
            await sealer.PrepareAsync(default);

            await FillAsync(database);
            var begin = Stopwatch.GetTimestamp();
            var state = await sealer.SealAsync(default);
            Print($"sealing                         {state.Sealed / Stopwatch.GetElapsedTime(begin).TotalSeconds,9:N0} events/s ({state.Sealed:N0} at once)");
            await ExecuteAsync(database, "vacuum analyze");

            await ReadAsync(database, server.ConnectionString, key);
            await WriteAsync(journal, sealer);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Half of them proposals of a kilobyte and a half, half assessments of half a kilobyte, as a journal of holds is made.
    private static async Task FillAsync(NpgsqlDataSource database)
    {
        var quotes = string.Concat(Enumerable.Range(0, 4).Select(source => $$"""{"quote": {"source": "source-{{source}}", "currency": "USD", "price": 61234.5{{source}}, "volume24hUsd": 1234567890.12, "quotedAt": "2024-03-01T12:05:00.9+00:00"}, "leftOut": null},"""));
        await ExecuteAsync(database, string.Create(CultureInfo.InvariantCulture, $$"""
            insert into mt_streams (id, type, version) select 'trade-' || md5(n::text)::uuid, 'trade', 2 from generate_series(1, {{Events / 2}}) n;
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, correlation_id, causation_id, headers)
            select nextval('mt_events_sequence'), gen_random_uuid(), 'trade-' || md5(((n + 1) / 2)::text)::uuid, 2 - n % 2,
                case n % 2
                    when 1 then jsonb_build_object('tradeId', md5(((n + 1) / 2)::text)::uuid, 'price', 60000 + n % 5000 / 100.0, 'prediction', '{"quotes": [{{quotes.TrimEnd(',')}}], "window": {"count": 311, "emaFast": 61200.5, "emaSlow": 61100.25, "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "models": [{"model": "technical", "expected": 61280.1, "direction": "Up", "confidence": 0.5942}], "expiresAt": "2024-03-01T12:09:00+00:00"}'::jsonb)
                    else jsonb_build_object('number', n, 'assessment', '{"account": "main", "signal": "Hold", "verdict": "Hold", "checks": [{"rule": "TradingState", "value": 0, "limit": 0, "passed": true}, {"rule": "PriceAge", "value": 0.75, "limit": 120, "passed": true}], "assessedAt": "2024-03-01T12:05:02+00:00"}'::jsonb)
                end,
                case n % 2 when 1 then 'trade_proposed' else 'trade_assessed' end, timestamptz '2024-03-01' + n * interval '1 second',
                'Trading.Core.TradeProposed, Trading.Core', md5(n::text)::uuid, md5((n + 1)::text)::uuid, '{"service": "risk-manager", "version": "1.0.0"}'
            from generate_series(1, {{Events}}) n
            """));
        await using var size = database.CreateCommand("select pg_relation_size('mt_events') / count(*) from mt_events");
        Print($"{Events:N0} events of {await size.ExecuteScalarAsync():N0} bytes a row");
    }

    private static async Task ReadAsync(NpgsqlDataSource database, string connectionString, SealKey key)
    {
        var audit = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, ReadBufferSize = Verifier.ReadBufferSize });
        await using var _ = audit;
        var (plain, copy, verify, peak) = (new List<double>(), new List<double>(), new List<double>(), 0L);
        var copyTo = await CanCopyToFileAsync(database);
        for (var round = 0; round <= Rounds; round++)
        {
            var plainRate = await RateAsync(() => PlainReadAsync(database));
            var copyRate = await RateAsync(() => copyTo ? ExecuteAsync(database, $"copy (select {string.Join(", ", AuditLeaf.Columns)} from mt_events order by seq_id) to '/dev/null'") : CopyOutAsync(database));
            GC.Collect();
            var verifyRate = await RateAsync(async () =>
            {
                var verified = await Verifier.VerifyAsync(audit, new([key.Public], []), new Peak(value => peak = Math.Max(peak, value)), default);
                if (!verified.Clean || verified.Events < Events)
                    throw new InvalidOperationException($"The journal does not verify: {verified}");
            });
            if (round == 0)
                continue; // the first round warms all up
            plain.Add(plainRate);
            copy.Add(copyRate);
            verify.Add(verifyRate);
            Print($"round {round}: verify {verifyRate,9:N0} /s, plain read {plainRate,9:N0} /s, copy {copyRate,9:N0} /s, verify/plain {verifyRate / plainRate:0.00}");
        }
        Print($"plain Npgsql read               {Median(plain),9:N0} events/s (the same columns, median of {Rounds})");
        Print($"COPY to {(copyTo ? "'/dev/null' in the server" : "a client that drops it  ")} {Median(copy),9:N0} events/s");
        Print($"verify                          {Median(verify),9:N0} events/s");
        Print($"verify / plain read             {Median([.. verify.Zip(plain, (one, other) => one / other)]),9:0.00}   (aim: 0.80 or more)");
        Print($"verify / copy                   {Median([.. verify.Zip(copy, (one, other) => one / other)]),9:0.00}");
        Print($"peak memory while verifying     {peak / 1_000_000.0,9:N0} MB  (working set of the whole benchmark; aim: under 200)");
    }

    // Writers append trades one by one; the sealer takes a turn every few seconds, as in the Executor.
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
            Print($"round {round}: {with[^1],7:N0} appends/s with sealing, {without[^1],7:N0} without, ratio {with[^1] / without[^1]:0.000}");
        }
        Print($"appends without sealing         {Median(without),9:N0} /s (4 writers, each append a commit, median of {WriterRounds} rounds of {WriterRound.TotalSeconds:N0} s)");
        Print($"appends with sealing            {Median(with),9:N0} /s (every {SealInterval.TotalSeconds:N0} s)");
        Print($"ratio                           {Median([.. with.Zip(without, (sealing, alone) => sealing / alone)]),9:0.000}  (aim: 0.95 or more)");
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
                await journal.AppendAsync([new(Trade.StreamId(trade), 0, [new OrderUnknown("benchmark", DateTimeOffset.UnixEpoch), new OrderUnknown(new string('x', 600), DateTimeOffset.UnixEpoch)])], new(trade, "benchmark"), default);
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
            bytes += reader.GetInt64(0) + reader.GetInt64(2) + reader.GetDateTime(3).Ticks + (reader.GetBoolean(4) ? 1 : 0) + reader.GetGuid(1).GetHashCode();
            for (var column = 5; column <= 10; column++)
                bytes += reader.GetString(column).Length;
            bytes += reader.GetFieldValue<byte[]>(11).Length + reader.GetFieldValue<byte[]>(12).Length + (reader.IsDBNull(13) ? 0 : reader.GetFieldValue<byte[]>(13).Length);
        }
        if (bytes == 0)
            throw new InvalidOperationException("Nothing was read.");
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
        await using var rows = await connection.BeginRawBinaryCopyAsync($"copy (select {string.Join(", ", AuditLeaf.Columns)} from mt_events order by seq_id) to stdout (format binary)");
        await rows.CopyToAsync(Stream.Null);
    }

    private static async Task<double> RateAsync(Func<Task> act)
    {
        var begin = Stopwatch.GetTimestamp();
        await act();
        return Events / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string statements)
    {
        await using var command = database.CreateCommand(statements);
        await command.ExecuteNonQueryAsync();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed class Peak(Action<long> seen) : IProgress<long>
    {
        public void Report(long value)
        {
            if (value % 65_536 == 0)
                seen(Environment.WorkingSet);
        }
    }
}
