using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.Journal.Upgrades;

namespace Trading.Benchmarks;

/// <summary>
/// What a decision costs on disk: holds of four sources, appended and marked as the RiskManager does, sealed as often as in the Executor;
/// bytes of each table and index, and of each column. The number of holds comes from the command line; 20,000 take about 200 MB. "packed"
/// behind it stores them packed; a further argument is the connection string of an empty database, in which the journal then stays.
/// </summary>
public static class SizeBenchmark
{
    private const int PerCheckpoint = 60, DecisionsADay = 1440;

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync(int holds, bool packed, string? connection)
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        // As root, the server runs as another user, who has to reach its folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = connection is not null ? new TradingSettings { Journal = JournalKind.Postgres, JournalConnection = connection }
                : new TradingSettings
                {
                    Journal = JournalKind.Local,
                    JournalFolder = Path.Combine(folder.FullName, "postgres"),
                    JournalDatabase = "size_benchmark",
                };
            await using var server = await JournalServer.StartAsync(
                settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
            var key = WriterKey.LoadOrCreate(Path.Combine(folder.FullName, "writer.key"));
            await using var journal = new TradeJournal(
                server.ConnectionString, new("risk-manager", "1.0.0") { Key = key, PacksHolds = packed }, TimeProvider.System);
            await SchemaUpgrade.AllAsync(journal.Database, null, TimeProvider.System.GetUtcNow(), default);
            var sealer = new Sealer(journal.Database, SealKey.Create(Path.Combine(folder.FullName, "seal.key")), TimeProvider.System,
                writers: key);
            await using var prices = new PriceHistory(server.ConnectionString);
            await AppendAsync(journal, sealer, new PostgresPrices(prices), holds);
            await AuditBenchmark.ExecuteAsync(journal.Database, "vacuum analyze");
            await TellAsync(journal.Database, holds);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AppendAsync(TradeJournal journal, Sealer sealer, PostgresPrices prices, int holds)
    {
        var settings = new TradingSettings();
        var at = new DateTimeOffset(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);
        await journal.DecideAsync("main", new OpenAccount("main", "live", 10_000, at), "benchmark", default);
        await journal.DecideAsync("main", new SetLimits(settings.Limits(), "settings", "start", at), "benchmark", default);
        var (account, version) = (await journal.AccountAsync("main", default))!;
        var (rules, window) = (settings.Pipeline(), new PriceWindow(settings.Pipeline().Window));
        var consensus = settings.Consensus() with { Quorum = 1 };
        var (random, price) = (new Random(20240301), 62_000m);
        var (appends, observed) = (new List<StreamAppend>(), new List<StoredPrice>());
        string[] sources = ["binance", "coinbase", "coingecko", "kraken"];
        for (var minute = -window.Rules.Capacity; minute < holds; minute++)
        {
            at = at.AddMinutes(1);
            price = decimal.Round(price * (decimal)(1 + (random.NextDouble() - 0.5) * 0.0006), 2);
            var quotes = sources.Select(source => new Quote(source, "USD", price + random.Next(5), 1_234_567_890.12m, null, null, at))
                .ToList();
            var now = Consensus.Of(quotes, consensus, at).ToPrice("BTC-USD", at, 60, at, false, []);
            window.Add(at.ToUnixTimeSeconds(), now.Price);
            observed.Add(StoredPrice.Of(now));
            if (minute < 0)
                continue;
            // Of an account that holds nothing, a price at which nothing is done.
            var prediction = Predictions.Predict(now, window, [TechnicalModel.Output(window)], rules, at) with
            { Strategy = new StrategySignal("trend", TradeAction.Hold, 0) };
            var assessed = new RiskAssessed(
                DerivedId.Trade(prediction.PredictionId), prediction, Risk.Assess(account, version, prediction, at));
            appends.Add(new(Trade.StreamId(assessed.TradeId), 0, [.. Trade.Assess(assessed)]));
            if (appends.Count < PerCheckpoint)
                continue;
            await journal.AppendAsync(appends, new(assessed.TradeId, $"{prediction.PredictionId}"), default);
            await sealer.SealAsync(default);
            appends.Clear();
        }
        await prices.BackfillAsync(observed, default);
    }

    private static async Task TellAsync(NpgsqlDataSource database, int holds)
    {
        var total = 0L;
        Console.WriteLine($"{"bytes a hold",12}  relation");
        foreach (var (name, bytes) in await RowsAsync(database, """
            select case when c.relkind = 'i' then i.indrelid::regclass || ' index ' || c.relname
                when c.relkind = 't' then (select t.oid::regclass || ' toast' from pg_class t where t.reltoastrelid = c.oid)
                else c.oid::regclass::text end, pg_relation_size(c.oid)
            from pg_class c left join pg_index i on i.indexrelid = c.oid left join pg_namespace n on n.oid = c.relnamespace
            where (n.nspname in ('public', 'audit') or n.nspname = 'pg_toast' and c.relkind = 't' and exists (select from pg_class t join
                pg_namespace s on s.oid = t.relnamespace where t.reltoastrelid = c.oid and s.nspname in ('public', 'audit')))
                and c.relkind in ('r', 'i', 't') and pg_relation_size(c.oid) > 64 * 1024
            order by 2 desc
            """))
        {
            total += bytes;
            Console.WriteLine($"{(double)bytes / holds,12:N0}  {name}");
        }
        Console.WriteLine($"{(double)total / holds,12:N0}  together (aim: 3,072 or fewer)");
        Console.WriteLine();
        Console.WriteLine("bytes of the columns of mt_events, the mean of each type's rows:");
        foreach (var (name, bytes) in await RowsAsync(database, $"""
            select type || ': ' || (select string_agg(e.key || ' ' || round(e.value::numeric), ', ') from json_each_text(sizes) e),
                0::bigint
            from (select type, json_build_object({string.Join(", ", AuditLeaf.Columns
                .Select(column => $"'{column}', coalesce(avg(pg_column_size({column})), 0)"))}) sizes from mt_events
            where type like 'trade_%' group by type) each
            """))
            Console.WriteLine($"  {name}");
        var day = (double)total / holds * DecisionsADay;
        Console.WriteLine();
        Console.WriteLine($"a decision a minute: {day / 1e6:N1} MB a day, {day * 365 / 1e9:N2} GB a year for 1 symbol; "
            + $"{day * 20 / 1e6:N0} MB a day, {day * 20 * 365 / 1e9:N0} GB a year for 20");
        Console.WriteLine($"a decision a day:    {day / DecisionsADay / 1e3:N1} KB a day, {day / DecisionsADay * 365 / 1e6:N1} MB a year "
            + $"for 1 symbol; {day / DecisionsADay * 20 / 1e3:N0} KB a day, {day / DecisionsADay * 20 * 365 / 1e6:N0} MB a year for 20");
    }

    private static async Task<List<(string Name, long Bytes)>> RowsAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, long)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetString(0), reader.GetInt64(1)));
        return rows;
    }
}
