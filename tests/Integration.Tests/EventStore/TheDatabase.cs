using Xunit;

namespace Trading.Integration.Tests.EventStore;

/// <summary>The tables of the event store, and what stands in them.</summary>
[Collection(nameof(TheDatabase))]
public class TheDatabase : EventStoreTest
{
    [Theory]
    [InlineData("mt_streams", """
        id character varying not null
        type character varying
        version bigint
        timestamp timestamp with time zone not null default now()
        created timestamp with time zone not null default now()
        tenant_id character varying default '*DEFAULT*'::character varying
        compacted_version bigint not null default 0
        is_archived boolean default false
        """)]
    // The default of timestamp is not compared: every insert gives the value, and the package's default is the moment of creation.
    [InlineData("mt_events", """
        seq_id bigint not null
        id uuid not null
        stream_id character varying
        version bigint not null
        data jsonb not null
        bdata bytea
        type character varying(500) not null
        timestamp timestamp with time zone not null
        tenant_id character varying default '*DEFAULT*'::character varying
        mt_dotnet_type character varying
        correlation_id character varying
        causation_id character varying
        headers jsonb
        is_archived boolean default false
        """)]
    [InlineData("mt_doc_balance", """
        id character varying not null
        data jsonb not null
        mt_last_modified timestamp with time zone default transaction_timestamp()
        mt_dotnet_type character varying
        mt_version bigint not null default 0
        """)]
    public async Task has_the_columns_of_marten(string table, string columns)
    {
        await Store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

        var actual = await SqlAsync(
            $"""
            select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                || case when d.adbin is null or ('{table}' = 'mt_events' and a.attname = 'timestamp') then '' else ' default ' ||
                pg_get_expr(d.adbin, d.adrelid) end
            from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = '{table}'::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
            """);

        Assert.Equal(columns.ReplaceLineEndings("\n").Split('\n'), actual);
    }

    [Fact]
    public async Task has_the_keys_and_indexes_of_marten()
    {
        await Store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

        Assert.Equal(
            [
                "fkey_mt_events_stream_id FOREIGN KEY (stream_id) REFERENCES mt_streams(id) ON DELETE CASCADE",
                "pk_mt_event_progression PRIMARY KEY (name)",
                "pkey_mt_doc_balance_id PRIMARY KEY (id)",
                "pkey_mt_events_seq_id PRIMARY KEY (seq_id)",
                "pkey_mt_streams_id PRIMARY KEY (id)"
            ],
            await SqlAsync(
                """
                select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
                where conrelid in ('mt_streams'::regclass, 'mt_events'::regclass, 'mt_doc_balance'::regclass,
                'mt_event_progression'::regclass) and contype <> 'n'
                order by conname
                """));
        Assert.Equal(
            ["CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON public.mt_events USING btree (stream_id, version)"],
            await SqlAsync("select indexdef from pg_indexes where tablename = 'mt_events' and indexname <> 'pkey_mt_events_seq_id'"));
        Assert.Equal(["public.mt_events_sequence"], await SqlAsync("select pg_get_serial_sequence('mt_events', 'seq_id')"));
    }

    [Fact]
    public async Task holds_events_as_camel_case_json_with_enums_by_name()
    {
        await SaveAsync(session =>
        {
            session.SetHeader("service", "risk");
            session.Events.StartStream<Balance>("a", new FundsPaidIn(1.50m, Side.Sell));
        });

        Assert.Equal(["""{"side": "Sell", "amountUsd": 1.50}"""], await SqlAsync("select data::text from mt_events"));
        Assert.Equal(["""{"service": "risk"}"""], await SqlAsync("select headers::text from mt_events"));
    }

    [Fact]
    public async Task names_events_and_streams_in_snake_case()
    {
        await StartAsync("a", 1);
        await SaveAsync(session => session.Events.StartStream<Statement>("b", new AccountClosed("")));
        await SaveAsync(session => session.Events.Append("c", Paid(1)));

        Assert.Equal(["funds_paid_in", "account_closed", "funds_paid_in"], await SqlAsync("select type from mt_events order by seq_id"));
        Assert.Equal(["balance", "statement", null], await SqlAsync("select type from mt_streams order by id"));
        Assert.Equal("Trading.Integration.Tests.EventStore.AccountClosed, Trading.Integration.Tests",
            (await SqlAsync("select mt_dotnet_type from mt_events order by seq_id"))[1]);
    }
}
