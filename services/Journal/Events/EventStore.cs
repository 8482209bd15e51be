using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Marten.Services;
using Npgsql;
using Trading.Journal.Schema;
using Weasel.Core;

namespace Trading.Journal.Events;

/// <summary>Marten as the journal uses it.</summary>
internal static class EventStore
{
    /// <summary>
    /// Indexes beside Marten's own, over few rows each, so that what is asked for often costs the same in an old journal as in a young one.
    /// </summary>
    public static IReadOnlyList<(string Name, string Definition)> Indexes { get; } =
    [
        ("trading_events_fills", "(seq_id) where type in ('order_filled', 'external_fill_booked')"),
        ("trading_events_taken_over", "(seq_id) where type = 'external_fill_booked'"),
        ("trading_events_states", "(stream_id, version) where type in ('trading_halted', 'trading_reduced', 'trading_resumed', "
            + "'flatten_ordered', 'limit_latched')"),
    ];

    /// <summary>A store that writes and never changes the database's schema: <see cref="JournalSchema"/> does that.</summary>
    public static DocumentStore On(NpgsqlDataSource database, TimeProvider clock) => Create(database, clock, AutoCreate.None);

    /// <summary>A store that brings the schema up to date.</summary>
    public static DocumentStore ForMigration(NpgsqlDataSource database) => Create(database, TimeProvider.System, AutoCreate.CreateOrUpdate);

    /// <summary>A session within a transaction, which it commits.</summary>
    public static SessionOptions In(NpgsqlTransaction transaction) =>
        SessionOptions.ForTransaction(transaction).WithTracking(DocumentTracking.IdentityOnly);

    /// <summary>Compiles what the first append will need, while a program starts; needs no database.</summary>
    public static void WarmUp()
    {
        using var nowhere = NpgsqlDataSource.Create("Host=localhost");
        using var store = On(nowhere, TimeProvider.System);
    }

    private static DocumentStore Create(NpgsqlDataSource database, TimeProvider clock, AutoCreate create) => DocumentStore.For(options =>
    {
        options.Connection(database);
        options.AutoCreateSchemaObjects = create;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsString, Casing.CamelCase,
            json => json.Converters.Add(new PackedProposal()));
        options.Events.StreamIdentity = StreamIdentity.AsString;
        // One round trip for a transaction: the insert draws the sequence number; the Rich mode reads it first.
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.TimeProvider = clock;
        options.Events.MetadataConfig.EnableAll();
        options.Events.AddEventTypes(JournalReader.EventTypes);
        foreach (var (name, _) in Indexes)
            options.Events.IgnoreIndex(name);
        options.Projections.Add(new PortfolioProjection(), ProjectionLifecycle.Inline);
        // An account that is known is not read again to be folded.
        options.Events.UseIdentityMapForAggregates = true;
        // A transaction ends with its batch: it is never split into two.
        options.UpdateBatchSize = int.MaxValue;
        options.Listeners.Add(new CommitWithBatch());
        // What has failed is decided again by those who asked for it, on what the journal holds then.
        options.ConfigureWritePolly(_ => { });
    });
}
