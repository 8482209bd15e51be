using System.Text.Json;
using Npgsql;
using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Proofs, on the classes and through the program.</summary>
[Collection(nameof(ProofTest))]
public sealed class ProofTests(SealedJournal sealedJournal) : ProofTest(sealedJournal)
{
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
        for (var at = 0; at < bytes.Length; at += LongForm.Or(1, 3))
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

    private static async Task<(int Code, string Output)> ProgramAsync(string? connection, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunAsync(connection, null, arguments);
        return (code, output + errors);
    }
}
