using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>What belongs to a trade in its account's stream.</summary>
public sealed class TradeReadingTests(RecordedJournal journal) : IClassFixture<RecordedJournal>
{
    [Fact]
    public async Task a_fill_that_cannot_be_true_does_not_hide_the_settlement_behind_it()
    {
        var copy = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync(journal.Connection)) { Pooling = false };
        await using var database = SealedJournal.Source(copy.ConnectionString);
        var (trade, settled) = await FirstSettledAsync(database);
        // Between the reservation and the settlement, as the executor writes it.
        await SealedJournal.ExecuteAsync(database, $$"""
            update mt_events set version = version + 100000 where stream_id = 'account-main' and version >= {{settled}};
            update mt_events set version = version - 99999 where stream_id = 'account-main' and version >= 100000;
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select nextval('mt_events_sequence'), gen_random_uuid(), stream_id, {{settled}},
                '{"tradeId": "{{trade}}", "reason": "x", "expected": 1, "observed": 2, "at": "2024-03-01T00:00:00Z"}',
                'implausible_fill_found', timestamp from mt_events where stream_id = 'account-main' and version = 1
            """);

        var told = await TradeReading.TradeAsync(database, trade, default);

        Assert.Equal([typeof(FundsReserved), typeof(TradeSettled), typeof(ImplausibleFillFound)],
            told.Select(one => one.Event.GetType()).Where(type => type.IsAssignableTo(typeof(IAccountEvent))));
    }

    private static async Task<(Guid Trade, long Version)> FirstSettledAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select (data ->> 'tradeId')::uuid, version from mt_events where type = 'trade_settled' order by version limit 1");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return (reader.GetGuid(0), reader.GetInt64(1));
    }
}
