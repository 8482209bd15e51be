using System.IO.Compression;
using Npgsql;
using Trading.Hosting;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>trading journals export and import: a whole journal in one file, and the same journal from it.</summary>
public sealed class JournalArchiveTests(SealedJournal journal) : SerialTest, IClassFixture<SealedJournal>
{
    private string File => Path.Combine(Folder, "copy.journal");

    [Fact]
    public async Task a_sealed_journal_goes_into_a_file_and_comes_back_with_every_event_and_seal()
    {
        var original = await journal.CopyAsync();
        var exported = await RunAsync(original, "export", Name(original), "-o", File);
        Assert.True(exported.Code == 0, exported.Errors);
        Assert.StartsWith($"{Name(original)} is in {File}: ", exported.Output, StringComparison.Ordinal);
        var again = await RunAsync(original, "export", Name(original), "-o", File);
        Assert.Equal((2, ""), (again.Code, again.Output));
        Assert.Contains("nothing is overwritten", again.Errors, StringComparison.Ordinal);

        var taken = await RunAsync(original, "import", File);
        Assert.Equal((2, ""), (taken.Code, taken.Output));
        Assert.Contains($"there is a database {Name(original)} already", taken.Errors, StringComparison.Ordinal);
        var name = Name(original) + "_again";
        var imported = await RunAsync(original, "import", File, "--as", name);
        Assert.True(imported.Code == 0, imported.Errors);

        var copy = new NpgsqlConnectionStringBuilder(original) { Database = name }.ConnectionString;
        await using var source = SealedJournal.Source(copy);
        Assert.Equal(journal.Events, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events"));
        var verified = await journal.VerifyAsync(source, journal.Anchor);
        Assert.True(verified.Clean, $"{verified}");
        // The next event gets the next number.
        await using var before = SealedJournal.Source(original);
        Assert.Equal(await SealedJournal.ScalarAsync(before, "select nextval('mt_events_sequence')"),
            await SealedJournal.ScalarAsync(source, "select nextval('mt_events_sequence')"));
        await JournalCatalog.DeleteAsync(original, name, default);
    }

    [Fact]
    public async Task a_file_that_is_damaged_cut_off_or_something_else_makes_no_journal()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 5, seed: 1)), database);
        NpgsqlConnection.ClearAllPools();
        Assert.Equal(0, (await RunAsync(database, "export", Name(database), "-o", File)).Code);
        var whole = await System.IO.File.ReadAllBytesAsync(File);

        await System.IO.File.WriteAllBytesAsync(File, whole[..(whole.Length / 2)]);
        await RefusedAsync("is no exported journal, or only a part of one");
        await System.IO.File.WriteAllTextAsync(File, "something else");
        await RefusedAsync("is no exported journal");
        await System.IO.File.WriteAllBytesAsync(File, whole);
        using (var archive = ZipFile.Open(File, ZipArchiveMode.Update))
        {
            var events = archive.GetEntry("mt_events")!;
            using var rows = events.Open();
            rows.Position = rows.Length - 40;
            rows.WriteByte(1);
        }
        await RefusedAsync("its table mt_events is not what its manifest says");

        async Task RefusedAsync(string why)
        {
            var (code, output, errors) = await RunAsync(database, "import", File, "--as", Name(database) + "_damaged");
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(why, Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
            Assert.DoesNotContain(Name(database) + "_damaged", await JournalCatalog.NamesAsync(database, default));
        }
    }

    private static string Name(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;

    private static Task<CliProgram.Result> RunAsync(string server, params string[] arguments) => CliProgram.RunHereAsync(
        ["journals", .. arguments, "--journal-connection",
            new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false }.ConnectionString]);
}
