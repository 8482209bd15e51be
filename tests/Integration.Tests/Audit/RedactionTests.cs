using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A field that is taken out of an event, by an event that says so and without one.</summary>
[Collection(nameof(ProofTest))]
public sealed class RedactionTests(SealedJournal sealedJournal) : ProofTest(sealedJournal)
{
    [Fact]
    public async Task a_redacted_field_is_gone_and_everything_verifies_as_before()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        await SealedJournal.ExecuteAsync(database, """
            create table alert_deliveries (key text, channel text, payload text);
            insert into alert_deliveries values ('event/account-main/2', 'log', '{"subject": "x", "text": "Limits were set by kim: start"}')
            """);
        await using (var writer = new TradeJournal(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString,
            new("test", "0"), TimeProvider.System))
        {
            var found = (await SealedTree.FindAsync(database, "account-main/2", default))!;
            foreach (var field in AuditLeaf.RedactableFields)
                Assert.True(
                    await Redaction.RedactAsync(writer, found, field, "lee", "asked to be forgotten", InProcessSystem.Start, default));
            Assert.False(await Redaction.RedactAsync(writer, found, "by", "lee", "again", InProcessSystem.Start, default));
            Assert.Equal(AuditLeaf.Redacted, (await writer.AccountAsync("main", default))!.State.LimitsBy);
            Assert.Equal(0, await SealedJournal.ScalarAsync(database, "select count(*) from alert_deliveries where payload like '%kim%'"));
            await Assert.ThrowsAsync<SealException>(
                () => Redaction.RedactAsync(writer, found, "limits", "lee", "", InProcessSystem.Start, default));
        }
        await new Sealer(database, journal.Key, TimeProvider.System).SealAsync(default);
        var verified = await journal.VerifyAsync(database, journal.Anchor);
        Assert.Empty(verified.First);
        Assert.Equal(journal.Events + 2, verified.Sealed);
        Assert.Equal(0, await SealedJournal.ScalarAsync(database, "select count(*) from mt_events where stream_id = 'account-main' and "
            + "version = 2 and (data::text like '%kim%' or data::text like '%start%')"));
        Assert.Equal(0,
            await SealedJournal.ScalarAsync(database, "select count(*) from audit.commitments where number = 1 and salt is not null"));
        Assert.Null((await VerifyAsync(await BundleAsync(database, new(1, 6, null)))).Wrong);
    }

    [Theory]
    [InlineData("update mt_events set data = jsonb_set(data, '{by}', '\"(redacted)\"') where seq_id = {0}", WrongKind.Changed)]
    [InlineData("update mt_events set data = jsonb_set(data, '{by}', '\"lee\"') where seq_id = {0}", WrongKind.Changed)]
    [InlineData("update mt_events set data = data - 'by' where seq_id = {0}", WrongKind.Changed)]
    [InlineData("update mt_events set data = jsonb_set(data, '{by}', '\"(redacted)\"') where seq_id = {0}; update audit.commitments set "
        + "salt = null where number = 1", WrongKind.Blanked)]
    [InlineData("update mt_events set data = jsonb_set(data, '{by}', '\"(redacted)\"') where seq_id = {0}; update audit.commitments set "
        + "salt = null, redaction = 9 where number = 1", WrongKind.Blanked)]
    [InlineData("update audit.commitments set salt = null where number = 1", WrongKind.Changed)]
    [InlineData("update audit.commitments set salt = set_byte(salt, 0, get_byte(salt, 0) # 1) where number = 1", WrongKind.Changed)]
    [InlineData("delete from audit.commitments where number = 1", WrongKind.Changed)]
    [InlineData("update audit.commitments set commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) where number = 1",
        WrongKind.Changed)]
    public async Task a_field_blanked_without_the_event_that_says_so_is_found(string attack, WrongKind expected)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var sequence = await SealedJournal.ScalarAsync(database, "select seq_id from audit.leaves where number = 1");
        await SealedJournal.ExecuteAsync(database, attack.Replace("{0}", $"{sequence}", StringComparison.Ordinal));
        var verified = await journal.VerifyAsync(database);
        Assert.Equal((sequence, expected), (verified.First[0].Sequence, verified.First[0].Kind));
    }

    [Theory]
    [InlineData("update audit.commitments set commitment = set_byte(commitment, 0, get_byte(commitment, 0) # 1) where number = 1")]
    [InlineData("update mt_events set causation_id = 'x' where seq_id = {0}")]
    [InlineData("update mt_events set data = jsonb_set(data, '{by}', '\"lee\"') where seq_id = {0}")]
    public async Task an_event_that_is_not_as_it_was_sealed_is_not_redacted(string attack)
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        var found = (await SealedTree.FindAsync(database, "account-main/2", default))!;
        await SealedJournal.ExecuteAsync(database, attack.Replace("{0}", $"{found.Sequence}", StringComparison.Ordinal));
        await using var writer = new TradeJournal(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString,
            new("test", "0"), TimeProvider.System);

        var refused = await Assert.ThrowsAsync<SealException>(
            () => Redaction.RedactAsync(writer, found, "reason", "lee", "hides it", InProcessSystem.Start, default));

        Assert.Contains("is not as it was when it was sealed, and is left as it is", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await SealedJournal.ScalarAsync(database, "select count(*) from mt_events where type = 'field_redacted'"));
        Assert.Equal(0, await SealedJournal.ScalarAsync(database, "select count(*) from audit.commitments where salt is null"));
    }
}
