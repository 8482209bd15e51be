using Npgsql;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Another journal in this one's place is recognised, though the same key has sealed it.</summary>
public sealed class IdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-identity-").FullName;

    private string KeyFile => Path.Combine(_folder, "key");

    private string Anchors => Path.Combine(_folder, "anchors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task a_journal_that_is_renamed_into_anothers_place_is_found_by_verify_and_not_sealed_on()
    {
        var settings = Settings();
        var live = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings, live);
        var intruder = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings, intruder);
        Assert.Equal(0, (await VerifyAsync(live)).Code);

        await TakePlaceAsync(intruder, live);

        var (code, output, errors) = await VerifyAsync(live);
        Assert.True(code == 1, output + errors);
        Assert.Contains("the journal that is configured is ", output, StringComparison.Ordinal);
        Assert.Contains("that was kept elsewhere", output, StringComparison.Ordinal);
        Assert.Contains(" events recomputed, ", output, StringComparison.Ordinal);
        await RefusedAsync(live, settings);

        // Without what was noted beside the key, the kept checkpoints find it alone: they are looked up by the database's name.
        File.Delete(JournalIdentities.FileOf(settings)!);
        (code, output, errors) = await VerifyAsync(live);
        Assert.True(code == 1, output + errors);
        Assert.DoesNotContain("that is configured", output, StringComparison.Ordinal);
        Assert.Contains("that was kept elsewhere", output, StringComparison.Ordinal);
        await RefusedAsync(live, settings);
    }

    [Fact]
    public async Task a_journal_that_was_sealed_again_under_another_name_and_renamed_back_is_found()
    {
        var settings = Settings() with { Anchors = [] };
        var live = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings, live);
        var id = JournalIdentities.Of(settings, Name(live))!.Id;
        await using (var source = SealedJournal.Source(live))
        {
            await SealedJournal.ExecuteAsync(source,
                "update mt_events set causation_id = 'x' where seq_id = 5; truncate audit.leaves, audit.checkpoints, audit.commitments");
            // The key's owner is led to believe that it is another journal.
            await new Sealer(source, SealKey.Load(KeyFile), TimeProvider.System).SealAsync(default);
        }

        var (code, output, errors) = await VerifyAsync(live, anchors: false);

        Assert.True(code == 1, output + errors);
        Assert.EndsWith($"the journal that is configured is {id}\n", output.Split("WRONG: ")[1].Split('\n')[0] + "\n",
            StringComparison.Ordinal);
        await using (var source = SealedJournal.Source(live))
        {
            var sealer = new Sealer(source, SealKey.Load(KeyFile), TimeProvider.System, JournalIdentities.Of(settings, Name(live)));
            Assert.Contains("which is configured", (await Assert.ThrowsAsync<SealException>(() => sealer.SealAsync(default))).Message,
                StringComparison.Ordinal);
            await SealedJournal.ExecuteAsync(source, "truncate audit.leaves, audit.checkpoints, audit.commitments");
            Assert.EndsWith("Trading:JournalIdentity says which it is",
                (await Assert.ThrowsAsync<SealException>(() => sealer.SealAsync(default))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void the_name_of_a_database_may_hold_spaces()
    {
        var settings = new TradingSettings { Journal = JournalKind.Postgres, SealKeyFile = KeyFile };
        SealKey.Create(KeyFile);
        var id = JournalIdentity.New();

        Assert.True(JournalIdentities.Note(settings, "my live journal", id));

        Assert.Equal(id, JournalIdentities.Of(settings, "my live journal")!.Id);
        Assert.Null(JournalIdentities.Of(settings, "my"));
    }

    [Fact]
    public async Task the_identity_that_is_set_stands_in_every_checkpoint()
    {
        var settings = Settings() with { JournalIdentity = new string('7', 32) };
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings, database);
        await using var source = SealedJournal.Source(database);
        await using var command = source.CreateCommand("select array_agg(note) from audit.checkpoints");
        Assert.All((string[])(await command.ExecuteScalarAsync())!,
            note => Assert.Equal(settings.JournalIdentity, SignedCheckpoint.Parse(note).Checkpoint.Journal));
        Assert.False(File.Exists(JournalIdentities.FileOf(settings)));
        var (code, output, _) = await VerifyAsync(database, more: ["--set", $"JournalIdentity={new string('8', 32)}"]);
        Assert.Equal(1, code);
        Assert.Contains($"is {new string('8', 32)}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_kept_checkpoint_that_cannot_be_read_is_named_and_everything_else_is_verified()
    {
        var settings = Settings();
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings, database);
        var file = Directory.GetFiles(Anchors, "*" + AnchorPath.Ending, SearchOption.AllDirectories)[^1];
        File.SetAttributes(file, FileAttributes.Normal);
        await File.AppendAllTextAsync(file, "\n");
        await using (var source = SealedJournal.Source(database))
            await SealedJournal.ExecuteAsync(source, "update mt_events set causation_id = 'x' where seq_id = 5");

        var (code, output, errors) = await VerifyAsync(database);

        Assert.True(code == 1, output + errors);
        Assert.Contains($"WRONG: {file} holds no checkpoint: ", output, StringComparison.Ordinal);
        Assert.Contains("WRONG: event 5 (", output, StringComparison.Ordinal);
        Assert.Equal(1, (await AuditProgram.RunHereAsync(database, "verify", "--set", $"SealKeyFile={KeyFile}",
            "--checkpoint", file)).Code);
    }

    private TradingSettings Settings() => InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, minutes: 60, seed: 11)) with
    {
        SealIntervalSeconds = 1,
        SealKeyFile = KeyFile,
        Anchors = ["folder"],
        AnchorFolder = Anchors,
    };

    private Task<TestKit.Programs.CliProgram.Result> VerifyAsync(string database, bool anchors = true, params string[] more) =>
        AuditProgram.RunHereAsync(database, ["verify", "--set", $"SealKeyFile={KeyFile}", .. anchors
            ? ["--anchor", "folder", "--set", $"AnchorFolder={Anchors}"] : Array.Empty<string>(), .. more]);

    private static async Task RefusedAsync(string database, TradingSettings settings)
    {
        await using var source = SealedJournal.Source(database);
        await Assert.ThrowsAsync<SealException>(async () =>
        {
            await AnchorCheck.CompareAsync(source, new FolderAnchor(settings.AnchorFolder!), mayBeEmpty: false,
                TimeProvider.System.GetUtcNow(), default);
            await new Sealer(source, SealKey.Load(settings.SealKeyFile!), TimeProvider.System,
                JournalIdentities.Of(settings, Name(database))).SealAsync(default);
        });
    }

    private static async Task TakePlaceAsync(string intruder, string victim)
    {
        NpgsqlConnection.ClearAllPools();
        await using var server = SealedJournal.Source(new NpgsqlConnectionStringBuilder(victim) { Database = "postgres" }.ConnectionString);
        foreach (var statement in new[] { $"drop database {Name(victim)} with (force)",
            $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Name(intruder)}'",
            $"alter database {Name(intruder)} rename to {Name(victim)}" })
        {
            await using var command = server.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Name(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;
}
