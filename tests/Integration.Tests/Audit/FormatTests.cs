using System.Text;
using System.Text.Json;
using Trading.Journal.Bundles;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>docs/audit-format.md is enough to verify what is exported: a verifier that was written from it does.</summary>
public sealed class FormatTests(SealedJournal journal) : IClassFixture<SealedJournal>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-format-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void the_examples_of_the_document_hold()
    {
        var document = File.ReadAllText(Path.Combine(Repository(), "docs", "audit-format.md"));
        var examples = document.Split('\n').Select(line => line.TrimStart()).ToList();
        var keys = examples.Where(line => line.StartsWith("The public key is `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]).ToList();
        const string First = "{\"format\":\"trading-audit-bundle/1\"";
        var begins = examples.Index().Where(line => line.Item.StartsWith(First, StringComparison.Ordinal))
            .Select(line => line.Index).ToList();
        Assert.Equal(2, begins.Count);
        foreach (var (begin, key) in begins.Zip(keys))
        {
            var example = $"{string.Join('\n', examples.Skip(begin).Take(3))}\n";
            Assert.Equal(1, IndependentVerifier.Verify(Encoding.UTF8.GetBytes(example), key));
        }
    }

    [Theory]
    [InlineData("range")]
    [InlineData("time")]
    [InlineData("stream")]
    [InlineData("trade")]
    public async Task what_is_exported_is_verified_by_it_and_by_the_program_and_no_byte_can_be_changed(string what)
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        var trade = await TradeAsync(database);
        var first = await TextAsync(database,
            "select to_char(min(timestamp) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') from mt_events");
        string[] wanted = what switch
        {
            "range" => ["--range", "1..300"],
            "time" => ["--from", "2000-01-01", "--to", $"{first}Z"],
            "stream" => ["--stream", "account-main"],
            _ => ["--trade", trade],
        };
        var (lines, table) = (Path.Combine(_folder, "b.ndjson"), Path.Combine(_folder, "b.csv"));
        foreach (var (file, format) in new[] { (lines, "ndjson"), (table, "csv") })
        {
            var written = await AuditProgram.RunHereAsync(
                connection, ["export", .. wanted, "--format", format, "--with-proofs", "--output", file]);
            Assert.Equal((0, ""), (written.Code, written.Errors));
            var verified = await AuditProgram.RunHereAsync(null, "verify", "--bundle", file, "--public-key", $"{journal.Key.Public}");
            Assert.Equal((0, ""), (verified.Code, verified.Errors));
            if (what == "trade")
                Assert.Contains($", trade {trade} and bookings of it, ", verified.Output, StringComparison.Ordinal);
        }
        var bytes = await File.ReadAllBytesAsync(lines);
        var count = IndependentVerifier.Verify(bytes, $"{journal.Key.Public}");
        Assert.Equal(count, IndependentVerifier.VerifyTable(await File.ReadAllBytesAsync(table), $"{journal.Key.Public}"));
        Assert.True(count >= (what == "trade" ? 7 : 1), $"{count} events");
        // The events of a line that are no commitment's salt are all covered by the proof.
        var random = new Random(22);
        for (var change = 0; change < 40; change++)
        {
            var changed = bytes.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(7));
            Assert.ThrowsAny<Exception>(() => IndependentVerifier.Verify(changed, $"{journal.Key.Public}"));
        }
    }

    [Fact]
    public async Task a_trade_without_one_of_its_own_events_or_with_those_of_another_is_found()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        var file = Path.Combine(_folder, "trade.ndjson");
        await AuditProgram.RunHereAsync(connection, "export", "--trade", await TradeAsync(database), "--with-proofs", "--output", file);
        var lines = await File.ReadAllLinesAsync(file);
        var own = lines.Index().First(line => line.Item.Contains("\"type\":\"order_placed\"", StringComparison.Ordinal)).Index;

        Assert.Contains("an event is missing", await WrongAsync([.. lines[..own], .. lines[(own + 1)..]]), StringComparison.Ordinal);
        // Bookings alone, with a gap between them.
        var order = new BundleOrder();
        var trade = Guid.NewGuid();
        Assert.Null(order.Follow(new(7, 7, "account-main", 3, trade)));
        Assert.Null(order.Follow(new(9, 9, "account-main", 5, trade)));
        Assert.Equal("the trade's own events are not in it", order.End());
        Assert.Contains("an event is missing", order.Follow(new(11, 11, "account-main", 7, Guid.NewGuid())), StringComparison.Ordinal);

        async Task<string> WrongAsync(string[] kept)
        {
            var before = Encoding.UTF8.GetBytes(string.Concat(kept[..^1].Select(line => $"{line}\n")));
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(before));
            var last = $"{{\"events\":{kept.Length - 2},\"sha256\":\"{hash}\"}}\n";
            await File.WriteAllBytesAsync(file, [.. before, .. Encoding.UTF8.GetBytes(last)]);
            return (await AuditProgram.RunHereAsync(null, "verify", "--bundle", file, "--public-key", $"{journal.Key.Public}")).Output;
        }
    }

    [Fact]
    public async Task a_witness_in_a_bundle_and_the_answer_of_consistency_are_verified_by_it()
    {
        var connection = await journal.CopyAsync();
        await using var database = SealedJournal.Source(connection);
        await new Sealer(database, journal.Key, TimeProvider.System).PrepareAsync(default);
        var own = WitnessKey.LoadOrCreate(Path.Combine(_folder, "witness.key"), "witness.example/1");
        var line = Cosignature.Line(own, journal.Anchor.Checkpoint, DateTimeOffset.UnixEpoch.AddYears(55));
        await StoredCosignatures.AddAsync(database, journal.Anchor, WitnessKey.Of(own), line, default);
        var file = Path.Combine(_folder, "b.ndjson");
        await AuditProgram.RunHereAsync(connection, "export", "--range", "7..9", "--with-proofs", "--output", file);

        Assert.Equal(3, IndependentVerifier.Verify(await File.ReadAllBytesAsync(file), $"{journal.Key.Public}", $"{WitnessKey.Of(own)}"));
        string[] verify = ["verify", "--bundle", file, "--public-key", $"{journal.Key.Public}", "--witness", $"{WitnessKey.Of(own)}"];
        Assert.Equal(0, (await AuditProgram.RunHereAsync(null, verify)).Code);
        var stranger = $"{WitnessKey.Of(WitnessKey.LoadOrCreate(Path.Combine(_folder, "other.key"), "other"))}";
        var demanded = await AuditProgram.RunHereAsync(null, [.. verify, "--witness", stranger]);
        Assert.Equal((1, "WRONG: 1 of 2 witnesses have cosigned its checkpoint, 2 must\n"), (demanded.Code, demanded.Output));

        var consistency = await AuditProgram.RunHereAsync(
            connection, "consistency", $"{journal.OlderAnchor.Checkpoint.Size}", $"{journal.Anchor.Checkpoint.Size}", "--json");
        IndependentVerifier.Consistency(JsonDocument.Parse(consistency.Output).RootElement);
    }

    private static Task<string> TradeAsync(Npgsql.NpgsqlDataSource database) =>
        TextAsync(database, $"select substr(min(stream_id), {"trade-".Length + 1}) from mt_events where type = 'trade_closed'");

    private static async Task<string> TextAsync(Npgsql.NpgsqlDataSource database, string query)
    {
        await using var command = database.CreateCommand(query);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Trading.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
