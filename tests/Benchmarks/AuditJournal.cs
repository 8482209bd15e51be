using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;
using Trading.TestKit.Exchanges;

namespace Trading.Benchmarks;

/// <summary>
/// A journal as the services append it for a random walk of minutes: mostly holds, some trades. It is copied into the tables, which takes a
/// fraction of the time.
/// </summary>
internal static class AuditJournal
{
    /// <summary>Fills an empty journal with at least so many events.</summary>
    public static async Task FillAsync(NpgsqlDataSource database, int events)
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        { Converters = { new PackedProposal(), new JsonStringEnumConverter() } };
        var sequence = 0L;
        await using (var connection = await database.OpenConnectionAsync())
        {
            await using (var passing = new NpgsqlCommand("set session_replication_role = replica", connection))
                await passing.ExecuteNonQueryAsync();
            await using var import = await connection.BeginBinaryImportAsync(
                "copy mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, "
                + "causation_id, headers) from stdin (format binary)");
            // Whole minutes: what is appended together is not cut apart.
            foreach (var (stream, version, happened, at) in Minutes().TakeWhile(_ => sequence < events).SelectMany(minute => minute))
            {
                var name = JournalReader.EventName(happened.GetType());
                await import.StartRowAsync();
                await import.WriteAsync(++sequence, NpgsqlDbType.Bigint);
                await import.WriteAsync(DerivedId.Create(Guid.Empty, $"{sequence}"), NpgsqlDbType.Uuid);
                await import.WriteAsync(stream, NpgsqlDbType.Varchar);
                await import.WriteAsync(version, NpgsqlDbType.Bigint);
                await import.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(happened, happened.GetType(), json), NpgsqlDbType.Jsonb);
                await import.WriteAsync(name, NpgsqlDbType.Varchar);
                await import.WriteAsync(at.UtcDateTime, NpgsqlDbType.TimestampTz);
                await import.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar);
                await import.WriteAsync($"{happened.GetType().FullName}, Trading.Core", NpgsqlDbType.Varchar);
                await import.WriteAsync(stream, NpgsqlDbType.Varchar);
                await import.WriteAsync($"{DerivedId.Create(Guid.Empty, stream)}", NpgsqlDbType.Varchar);
                await import.WriteAsync("""{"service": "risk-manager", "version": "1.0.0"}""", NpgsqlDbType.Jsonb);
            }
            await import.CompleteAsync();
        }
        await AuditBenchmark.ExecuteAsync(database, $"""
            set session_replication_role = default;
            insert into mt_streams (id, type, version, tenant_id) select stream_id, case when stream_id like
            'account-%' then 'portfolio' else 'trade' end, max(version), '*DEFAULT*' from mt_events
            group by stream_id;
            select setval('mt_events_sequence', {sequence});
            """);
    }

    /// <summary>The events of each minute, for ever.</summary>
    public static IEnumerable<List<(string Stream, long Version, object Event, DateTimeOffset At)>> Minutes()
    {
        var settings = new TradingSettings();
        var at = new DateTimeOffset(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var account = new AccountOpened("main", "recorded", 1_000_000, at);
        var limits = new LimitsSet(1, settings.Limits(), "settings", "start", at);
        var (stream, version) = (Portfolio.StreamId("main"), 2L);
        yield return [(stream, 1, account, at), (stream, 2, limits, at)];
        var state = Portfolio.Evolve(Portfolio.Evolve(null, account), limits);
        var pipeline = new ReferencePipeline("BTC-USD", settings.Pipeline(), state, version);
        var rules = settings.Consensus() with { Quorum = 1 };
        var (random, price, drift) = (new Random(20240301), 62_000m, 0.0);
        while (true)
        {
            at = at.AddMinutes(1);
            drift = drift * 0.98 + (random.NextDouble() - 0.5) * 0.0003;
            price = Math.Clamp(decimal.Round(price * (decimal)(1 + drift + (random.NextDouble() - 0.5) * 0.0006), 2), 10_000, 200_000);
            string[] sources = ["binance", "coinbase", "coingecko", "kraken"];
            var quotes = sources.Select(source => new Quote(source, "USD", price + random.Next(5), 1_234_567_890.12m, null, null, at))
                .ToList();
            var observed = Consensus.Of(quotes, rules, at).ToPrice("BTC-USD", at, 60, at, false, []);
            var minute = Booked(new WatchPrice(observed.Symbol, observed.Price, observed.ObservedAt));
            foreach (var step in pipeline.Step(observed))
            {
                var (tradeId, assessment) = (step.Assessed.TradeId, step.Assessed.Assessment);
                var trade = Trade.StreamId(tradeId);
                var events = Trade.Assess(step.Assessed);
                PackedProposal.Pack([.. events]);
                minute.AddRange([(trade, 1, events[0], at), (trade, 2, events[1], at)]);
                if (step.Executed is not { Execution: var execution })
                    continue;
                var decided = events.Aggregate((Trade?)null, Trade.Evolve)!;
                minute.AddRange(Booked(new ReserveFunds(tradeId, assessment.Order!, at)));
                var number = 2L;
                foreach (var happened in Trade.Place(decided, PaperFill.Exchange, true, settings.Pipeline().Costs, at)
                    .Concat(Trade.Close(decided, execution)))
                    minute.Add((trade, ++number, happened, at));
                minute.AddRange(Booked(new SettleTrade(tradeId, execution)));
            }
            yield return minute;
        }

        List<(string, long, object, DateTimeOffset)> Booked(IAccountCommand command)
        {
            var events = Portfolio.Decide(command, state);
            state = events.Aggregate(state, Portfolio.Evolve);
            return [.. events.Select(happened => (stream, ++version, (object)happened, at))];
        }
    }
}
