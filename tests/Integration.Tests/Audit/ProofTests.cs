using System.Text.Json;
using Npgsql;
using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Proofs, bundles and redaction, on the classes and through the program.</summary>
public sealed class ProofTests(SealedJournal journal) : IClassFixture<SealedJournal>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-proofs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_bundle_verifies_with_the_public_key_alone_and_no_corruption_of_it_does()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var bundle = await BundleAsync(database, new(1, 6, null));
        Assert.Equal((5, null), ((await VerifyAsync(bundle)).Events, (await VerifyAsync(bundle)).Wrong));

        var stranger = SealKey.Create(Path.Combine(_folder, "stranger"));
        Assert.NotNull((await Bundle.VerifyAsync(bundle, [stranger.Public], default)).Wrong);

        // Every byte in turn, by a bit that the place chooses.
        var bytes = await File.ReadAllBytesAsync(bundle);
        var corrupted = Path.Combine(_folder, "corrupted");
        for (var at = 0; at < bytes.Length; at++)
        {
            var bit = (byte)(1 << (at % 8));
            bytes[at] ^= bit;
            await File.WriteAllBytesAsync(corrupted, bytes);
            Assert.True((await VerifyAsync(corrupted)).Wrong is not null, $"byte {at} changed, and the bundle verifies");
            bytes[at] ^= bit;
        }
        foreach (var length in new[] { 0, 1, bytes.Length / 2, bytes.Length - 1 })
        {
            await File.WriteAllBytesAsync(corrupted, bytes[..length]);
            Assert.NotNull((await VerifyAsync(corrupted)).Wrong);
        }
        await File.WriteAllBytesAsync(corrupted, [.. bytes, (byte)'\n']);
        Assert.NotNull((await VerifyAsync(corrupted)).Wrong);
    }

    [Fact]
    public async Task a_table_with_proofs_verifies_with_the_public_key_alone_and_no_corruption_of_it_does()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        await using (var database = SealedJournal.Source(connection))
            Assert.Equal(2, await SealedJournal.ScalarAsync(database,
                "select count(*) from mt_events where stream_id = 'account-main' and version in (1, 2) and seq_id <= 2"));
        var table = Path.Combine(_folder, "events.csv");
        Assert.Equal(0,
            (await RunAsync(connection, "export", "--range", "1..6", "--format", "csv", "--with-proofs", "--output", table)).Code);
        var (code, output) = await RunAsync(null, "verify", "--bundle", table, "--public-key", SealKey.PublicFile(journal.KeyFile));
        Assert.True(code == 0, output);
        Assert.StartsWith("5 events as sealed, all from event 1 to event 6, by the checkpoint of ", output, StringComparison.Ordinal);
        var stranger = SealKey.Create(Path.Combine(_folder, "stranger"));
        Assert.NotNull((await CsvBundle.VerifyAsync(table, [stranger.Public], default)).Wrong);

        var bytes = await File.ReadAllBytesAsync(table);
        var corrupted = Path.Combine(_folder, "corrupted.csv");
        for (var at = 0; at < bytes.Length; at++)
        {
            var bit = (byte)(1 << (at % 8));
            bytes[at] ^= bit;
            await File.WriteAllBytesAsync(corrupted, bytes);
            Assert.True((await CsvBundle.VerifyAsync(corrupted, [journal.Key.Public], default)).Wrong is not null,
                $"byte {at} changed, and the table verifies");
            bytes[at] ^= bit;
        }
        foreach (var length in new[] { 1, bytes.Length / 2, bytes.Length - 1 })
        {
            await File.WriteAllBytesAsync(corrupted, bytes[..length]);
            Assert.NotNull((await CsvBundle.VerifyAsync(corrupted, [journal.Key.Public], default)).Wrong);
        }

        // A number changed and the hash at the end made again: the proof still tells.
        var rows = (await File.ReadAllTextAsync(table)).Replace("BTC-USD", "BTC-USE", StringComparison.Ordinal);
        rows = rows[..(rows.LastIndexOf("sha256:", StringComparison.Ordinal))];
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(rows)));
        await File.WriteAllTextAsync(corrupted, $"{rows}sha256:{hash},5{new string(',', 16)}\r\n");
        Assert.Contains("is not as it was when it was sealed",
            (await CsvBundle.VerifyAsync(corrupted, [journal.Key.Public], default)).Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task every_field_of_an_event_in_a_bundle_is_proved_also_when_the_hash_at_its_end_is_made_again()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var lines = new List<string>();
        var tree = await SealedTree.LoadAsync(database, journal.Anchor.Checkpoint.Size, null, default);
        await foreach (var line in Bundle.EventsAsync(database, new(1, 6, null), tree, tree.Size, default))
            lines.Add(line);
        foreach (var line in lines)
        {
            Assert.Null(Bundle.Check(line, journal.Anchor.Checkpoint, out _));
            foreach (var (old, changed) in new[] { ("\"version\":1,", "\"version\":2,"), ("\"number\":", "\"number\":1"),
                ("\"archived\":false", "\"archived\":true"), ("test", "tesu"), ("\"tenant\":\"*", "\"tenant\":\"+"),
                ("\"data\":{", "\"data\":{ "), ("\"binary\":null", "\"binary\":\"\""), ("2024-", "2023-") })
            {
                if (line.Contains(old, StringComparison.Ordinal))
                    Assert.NotNull(Bundle.Check(line.Replace(old, changed, StringComparison.Ordinal), journal.Anchor.Checkpoint, out _));
            }
        }
    }

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

    [Theory]
    [InlineData("left out", "an event is missing")]
    [InlineData("doubled", "stands behind event")]
    [InlineData("swapped", "an event is missing")]
    public async Task events_left_out_doubled_or_swapped_in_a_bundle_are_found_though_the_hash_at_its_end_was_made_again(
        string what, string told)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var bundle = await BundleAsync(database, new(1, 9, null));
        var lines = (await File.ReadAllLinesAsync(bundle)).ToList();
        var table = Path.Combine(_folder, "order.csv");
        await using (var output = File.Create(table))
        {
            await CsvBundle.WriteAsync(
                database, new(1, 9, null), journal.Anchor,
                await SealedTree.LoadAsync(database, journal.Anchor.Checkpoint.Size, null, default), output, default);
        }
        var rows = (await File.ReadAllTextAsync(table)).Split("\r\n")[..^1].ToList();
        foreach (var each in new[] { lines, rows })
        {
            if (what == "left out")
                each.RemoveAt(3);
            else if (what == "doubled")
                each.Insert(3, each[2]);
            else
                (each[2], each[3]) = (each[3], each[2]);
        }

        await File.WriteAllTextAsync(bundle, Ndjson(lines));
        await File.WriteAllTextAsync(table, WithHash(rows, "\r\n", (events, hash) => $"sha256:{hash},{events}{new string(',', 16)}"));

        Assert.Contains(told, (await VerifyAsync(bundle)).Wrong, StringComparison.Ordinal);
        Assert.Contains(told, (await CsvBundle.VerifyAsync(table, [journal.Key.Public], default)).Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_trades_bundle_is_whole_from_its_first_version_on()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        await using var longest = database.CreateCommand(
            "select stream_id from mt_events where stream_id like 'trade-%' group by stream_id order by count(*) desc, stream_id limit 1");
        var bundle = await BundleAsync(database, new(0, long.MaxValue, (string)(await longest.ExecuteScalarAsync())!));
        var verified = await VerifyAsync(bundle);
        Assert.Equal((null, 1, verified.Events), (verified.Wrong, verified.First!.Version, verified.Last!.Version));
        Assert.True(verified.Events > 2);
        var lines = (await File.ReadAllLinesAsync(bundle)).ToList();
        lines.RemoveAt(2);
        await File.WriteAllTextAsync(bundle, Ndjson(lines));
        Assert.Contains("an event is missing", (await VerifyAsync(bundle)).Wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"checkpoint\":\"", "\"checkpoint\":null,\"was\":\"")]
    [InlineData("\"format\":", "\"extra\":1,\"format\":")]
    [InlineData("\"number\":1,", "\"number\":1,\"verdict\":\"clean\",")]
    [InlineData("\"number\":1,", "\"number\":1,\"number\":1,")]
    [InlineData("\"commitment\":\"", "\"commitment\":null,\"was\":\"")]
    [InlineData("\"commitments\":[{", "\"commitments\":[{\"field\":\"by\",\"commitment\":\"00\",\"salt\":null},{")]
    [InlineData("\"commitments\":[", "\"commitments\":[null,")]
    [InlineData("\"proof\":[", "\"proof\":[null,")]
    [InlineData("\"stream\":\"account-main\"", "\"stream\":7")]
    public async Task a_bundle_with_anything_else_in_it_than_bundles_have_is_wrong_and_nothing_breaks(string old, string changed)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var bundle = await BundleAsync(database, new(1, 6, null));
        var lines = (await File.ReadAllLinesAsync(bundle)).ToList();
        var at = lines.FindIndex(line => line.Contains(old, StringComparison.Ordinal));
        lines[at] = lines[at].Replace(old, changed, StringComparison.Ordinal);
        await File.WriteAllTextAsync(bundle, Ndjson(lines));
        Assert.NotNull((await VerifyAsync(bundle)).Wrong);
    }

    [Fact]
    public async Task a_proof_holds_postgresqls_bytes_and_verifies_with_the_public_key_alone()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        var (code, output, _) = await AuditProgram.RunHereAsync(connection, "prove", "account-main/2");
        Assert.Equal(0, code);
        await using (var database = SealedJournal.Source(connection))
        await using (var data = database.CreateCommand("select data::text from mt_events where stream_id = 'account-main' and version = 2"))
            Assert.Contains($"\"data\":{await data.ExecuteScalarAsync()}", output, StringComparison.Ordinal);
        var (file, publicKey) = (Path.Combine(_folder, "proof.json"), SealKey.PublicFile(journal.KeyFile));
        await File.WriteAllTextAsync(file, output);
        var verified = await RunAsync(null, "verify", "--proof", file, "--public-key", publicKey);
        Assert.True(verified.Code == 0, verified.Output);
        Assert.StartsWith("1 event as sealed, event 2 (account-main, version 2), by the checkpoint of ",
            verified.Output, StringComparison.Ordinal);

        foreach (var (old, changed) in new[] { ("\"kim\"", "\"lee\""), ("\"version\":2,", "\"version\":3,"),
            ("\"leaf\": \"", "\"leaf\": \"00"), ("\"checkpoint\": \"t", "\"checkpoint\": \"T"), ("\"event\"", "\"other\"") })
        {
            Assert.Contains(old, output, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, output.Replace(old, changed, StringComparison.Ordinal));
            Assert.NotNull((await Bundle.VerifyProofAsync(file, [journal.Key.Public], default)).Wrong);
        }
    }

    [Theory]
    [InlineData("data = '{}'", "show", "1")]
    [InlineData("data = '{}'", "actors")]
    [InlineData("data = '{}'", "as-of", "2100-01-01")]
    [InlineData("data = '{}'", "rebuild")]
    [InlineData("data = '{}'", "tax", "--year", "2024")]
    [InlineData("type = 'trading_halted', data = '{\"by\":\"a\",\"reason\":\"b\",\"at\":\"2024-03-01T00:00:00Z\"}'", "as-of", "2100-01-01")]
    [InlineData("type = 'never_heard_of'", "actors")]
    public async Task what_somebody_left_in_the_database_is_said_in_one_line(string change, params string[] command)
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        await using (var database = SealedJournal.Source(connection))
            await SealedJournal.ExecuteAsync(database, $"update mt_events set {change} where stream_id = 'account-main' and version = 1");
        var (code, output) = await RunAsync(connection, command);
        Assert.Equal(2, code);
        var line = Assert.Single(output.TrimEnd().Split('\n'));
        Assert.StartsWith("trading: ", line, StringComparison.Ordinal);
        Assert.EndsWith("trading audit verify shows whether it was changed", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_unreadable_last_checkpoint_does_not_hide_the_first_bad_event()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        await using (var database = SealedJournal.Source(connection))
            await SealedJournal.ExecuteAsync(database, "update audit.checkpoints set note = 'nothing' where position = 4; "
                + $"update mt_events set causation_id = 'x' where seq_id = {journal.Victim}");
        var (code, output) = await RunAsync(connection, "verify", "--public-key", SealKey.PublicFile(journal.KeyFile));
        Assert.Equal(1, code);
        Assert.StartsWith($"WRONG: event {journal.Victim} ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task gaps_shows_a_sealed_event_that_is_gone_from_an_append_that_was_rolled_back()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        Assert.Equal(0, (await RunAsync(connection, "gaps")).Code);
        await using (var database = SealedJournal.Source(connection))
        {
            var trade = $"(select stream_id from mt_events where seq_id = {journal.Victim})";
            await SealedJournal.ExecuteAsync(database,
                $"delete from mt_streams where id = {trade}; delete from mt_events where stream_id = {trade}");
        }
        var (code, output) = await RunAsync(connection, "gaps");
        Assert.Equal(1, code);
        Assert.Matches($"WRONG: trade-.* is gone as a whole: [0-9]+ sealed events, the first is event {journal.Victim}\n", output);
        Assert.DoesNotContain("rolled back", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_program_verifies_exports_proves_and_redacts()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        var publicKey = SealKey.PublicFile(journal.KeyFile);
        var (code, output) = await ProgramAsync(connection, "verify", "--public-key", publicKey);
        Assert.True(code == 0, output);
        Assert.Contains("everything is as it was sealed by the checkpoint", output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(connection, "head")).Code);

        var bundle = Path.Combine(_folder, "bundle.ndjson");
        Assert.Equal(0, (await ProgramAsync(connection, "export", "--range", "1..50", "--with-proofs", "--output", bundle)).Code);
        Assert.Equal(0, (await ProgramAsync(null, "verify", "--bundle", bundle, "--public-key", publicKey)).Code);
        await File.WriteAllTextAsync(bundle, (await File.ReadAllTextAsync(bundle)).Replace("BTC-USD", "BTC-USE", StringComparison.Ordinal));
        Assert.Equal(1, (await RunAsync(null, "verify", "--bundle", bundle, "--public-key", publicKey)).Code);

        var (proved, proof) = await RunAsync(connection, "prove", "account-main/2");
        Assert.True(proved == 0, proof);
        Assert.Equal("limits_set", JsonDocument.Parse(proof).RootElement.GetProperty("event").GetProperty("type").GetString());
        Assert.Equal(0, (await RunAsync(connection, "consistency", $"{journal.OlderAnchor.Checkpoint.Size}",
            $"{journal.Anchor.Checkpoint.Size}")).Code);
        Assert.Equal(0,
            (await ProgramAsync(connection, "redact", "account-main/2", "reason", "--reason", "names a customer", "--by", "lee")).Code);
        Assert.Equal(1, (await RunAsync(connection, "verify", "--public-key", publicKey)).Code); // the redaction is not sealed yet
        await using (var database = SealedJournal.Source(connection))
            (code, output) = await RunAsync(connection, "show",
                $"{await SealedJournal.ScalarAsync(database, "select max(seq_id) from mt_events")}");
        Assert.True(code == 0, output);
        Assert.Contains("audit-redactions version 1: field_redacted", output, StringComparison.Ordinal);
        var shown = await RunAsync(connection, "show", "2");
        Assert.Contains("reason was redacted by lee ", shown.Output, StringComparison.Ordinal);
        Assert.EndsWith(" UTC: names a customer", shown.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(0, (await ProgramAsync(connection, "checkpoint", "--anchor", "folder", "--new-anchor",
            "--set", $"SealKeyFile={journal.KeyFile}", "--set", $"AnchorFolder={_folder}")).Code);
        Assert.Equal(0,
            (await RunAsync(connection, "verify", "--public-key", publicKey, "--checkpoint", Directory.GetDirectories(_folder)[0])).Code);

        await using (var database = SealedJournal.Source(connection))
            await SealedJournal.ExecuteAsync(database, "update mt_events set causation_id = 'x' where seq_id = 5001");
        (code, output) = await RunAsync(connection, "verify", "--public-key", publicKey, "--json");
        Assert.Equal(1, code);
        Assert.Equal(5001, JsonDocument.Parse(output).RootElement.GetProperty("first")[0].GetProperty("sequence").GetInt64());
    }

    [Theory]
    [InlineData("verify", "--public-key", "nonsense")]
    [InlineData("prove", "999999")]
    [InlineData("export", "--range", "5..1")]
    [InlineData("verify", "--checkpoint", "nowhere")]
    public async Task what_cannot_be_done_is_said_in_one_line(params string[] arguments)
    {
        var (code, output) = await RunAsync(await journal.CopyAsync(), arguments);
        Assert.Equal(2, code);
        Assert.StartsWith("trading: ", Assert.Single(output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static string Ndjson(List<string> lines) =>
        WithHash(lines, "\n", (events, hash) => $"{{\"events\":{events},\"sha256\":\"{hash}\"}}");

    private static string WithHash(List<string> lines, string end, Func<int, string, string> last)
    {
        var text = string.Concat(lines.SkipLast(1).Select(line => line + end));
        return text + last(lines.Count - 2,
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))) + end;
    }

    private async Task<string> BundleAsync(NpgsqlDataSource database, BundleRange range)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid()}.ndjson");
        var checkpoint = (await SealedTree.LastAsync(database, default))!;
        await using var output = File.Create(file);
        await Bundle.WriteAsync(database, range, checkpoint,
            await SealedTree.LoadAsync(database, checkpoint.Checkpoint.Size, null, default), output, null, default);
        return file;
    }

    private Task<BundleVerification> VerifyAsync(string file) => Bundle.VerifyAsync(file, [journal.Key.Public], default);

    private static async Task<(int Code, string Output)> RunAsync(string? connection, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(connection, arguments);
        return (code, output + errors);
    }

    private static async Task<(int Code, string Output)> ProgramAsync(string? connection, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunAsync(connection, null, arguments);
        return (code, output + errors);
    }
}
