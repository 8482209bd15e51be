using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Trading.Hosting.Sealing;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Nothing is sealed while the anchors are away or could not be set up, and then it goes on.</summary>
public sealed class AnchorSetUpTests : AnchorMarkerTest
{
    [Fact]
    public async Task sealing_goes_on_when_the_disk_is_there_again_and_a_new_anchor_is_set_up_by_its_own_switch_alone()
    {
        var database = await SealedAsync();
        Directory.Move(Anchors, Anchors + "-away");
        await using (var host = await ControlHost.StartAsync(Settings, database))
        {
            await UntilAsync(() => host.Log.Any(line => line.Contains("NOT SEALED", StringComparison.Ordinal)));
            Directory.Move(Anchors + "-away", Anchors);
            await using var source = SealedJournal.Source(database);
            while (await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where seq_id > (select max(seq_id) from "
                + "audit.leaves)") > 0)
                await Task.Delay(20);
        }
        Directory.Delete(Anchors, recursive: true);
        Assert.NotEqual(0, (await RunAsync(database, "checkpoint")).Code);

        var anew = await RunAsync(database, "checkpoint", "--new-anchor");

        Assert.True(anew.Code == 0, anew.Errors);
        var verified = await RunAsync(database, "verify");
        Assert.True(verified.Code == 0, verified.Output);
    }

    [Fact]
    public async Task a_journal_is_not_sealed_before_its_anchors_could_be_set_up_and_takes_the_identity_that_an_earlier_try_left()
    {
        Directory.CreateDirectory(Anchors);
        var database = await PostgresServer.CreateDatabaseAsync();
        var left = JournalIdentity.New();
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        await File.WriteAllTextAsync(Anchors + "-file", "no folder");
        await using (var host = await ControlHost.StartAsync(Settings with { AnchorFolder = Anchors + "-file" }, database))
        {
            await host.OpenAccountAsync();
            await UntilAsync(() => host.Log.Any(line => line.Contains("the anchors could not be set up", StringComparison.Ordinal)));
            await host.Services.GetRequiredService<IHost>().StopAsync();
        }
        await using var source = SealedJournal.Source(database);
        Assert.Equal(0, await SealedJournal.ScalarAsync(source, "select count(*) from audit.checkpoints"));
        await new FolderAnchor(Anchors).SetUpAsync(Sealer.Origin(name, []), left, default);

        await RecordAsync(Settings, database);

        Assert.Equal(left, (await SealedTree.LastAsync(source, default))!.Checkpoint.Journal);
        Assert.Equal(left, JournalIdentities.Of(Settings, name)!.Id);
    }
}
