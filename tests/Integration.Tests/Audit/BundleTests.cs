using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Bundles verify with the public key alone, and nothing that was done to them does.</summary>
[Collection(nameof(ProofTest))]
public sealed class BundleTests(SealedJournal sealedJournal) : ProofTest(sealedJournal)
{
    [Fact]
    public async Task a_bundle_verifies_with_the_public_key_alone_and_no_corruption_of_it_does()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var bundle = await BundleAsync(database, new(1, 6, null));
        Assert.Equal((5, null), ((await VerifyAsync(bundle)).Events, (await VerifyAsync(bundle)).Wrong));

        var stranger = SealKey.Create(Path.Combine(_folder, "stranger"));
        Assert.NotNull((await Bundle.VerifyAsync(bundle, [stranger.Public], default)).Wrong);

        // Bytes in turn, by a bit that the place chooses.
        var bytes = await File.ReadAllBytesAsync(bundle);
        var corrupted = Path.Combine(_folder, "corrupted");
        for (var at = 0; at < bytes.Length; at += LongForm.Or(1, 3))
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

    private static string Ndjson(List<string> lines) =>
        WithHash(lines, "\n", (events, hash) => $"{{\"events\":{events},\"sha256\":\"{hash}\"}}");

    private static string WithHash(List<string> lines, string end, Func<int, string, string> last)
    {
        var text = string.Concat(lines.SkipLast(1).Select(line => line + end));
        return text + last(lines.Count - 2,
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))) + end;
    }
}
