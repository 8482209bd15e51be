using Npgsql;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A copy of a sealed journal, and what was done to it.</summary>
public abstract class AttackTest(SealedJournal sealedJournal) : IClassFixture<SealedJournal>
{
    private protected readonly SealedJournal journal = sealedJournal;

    private protected string ChangeVictim => $"update mt_events set causation_id = 'x' where seq_id = {journal.Victim}";

    private protected string Copy(string sequence) =>
        $"""
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id,
        causation_id, headers, is_archived)
        select {sequence}, gen_random_uuid(), stream_id, version + 4096, data, type, timestamp, tenant_id, mt_dotnet_type,
        correlation_id, causation_id, headers, is_archived
        from mt_events where seq_id = {journal.Victim};
        """;

    private protected static async Task ResealAsync(NpgsqlDataSource database, SealKey key)
    {
        await SealedJournal.ExecuteAsync(database, "truncate audit.leaves, audit.checkpoints, audit.commitments");
        await new Sealer(database, key, TimeProvider.System).SealAsync(default);
    }
}
