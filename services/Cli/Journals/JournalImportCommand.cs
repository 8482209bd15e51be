using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Journal.Archives;

namespace Trading.Cli.Journals;

/// <summary>A journal from a file, as a new database.</summary>
public static class JournalImportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var from = new Argument<FileInfo>("file") { Description = "a file that trading journals export wrote" };
        var name = new Option<string?>("--as")
        { Description = "name of the new database, which must not exist; the one that it had by default", HelpName = "name" };
        var command = new Command("import", "Makes a new journal from a file of trading journals export and compares every table with "
            + "the file. Nothing is overwritten; what fails leaves nothing.\n"
            + "Example: trading journals import live.journal --as live_copy") { from, name };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var settings = options.Read(parsed);
            await using var file = File.OpenRead(parsed.GetValue(from)!.FullName);
            using var archive = new JournalArchive(file);
            await archive.CheckAsync(_ => { }, cancellation);
            var database = parsed.GetValue(name) ?? archive.Manifest.Database;
            await using var server = await JournalServer.ReachAsync(settings, NullLogger.Instance, cancellation);
            await JournalCatalog.CreateAsync(server.ConnectionString, database, cancellation);
            try
            {
                await FillAsync(server.ConnectionString, database, archive, file.Length, parsed.GetValue(options.Json), cancellation);
            }
            catch
            {
                await JournalCatalog.DeleteAsync(server.ConnectionString, database, CancellationToken.None);
                throw;
            }
            if (parsed.GetValue(options.Json))
                JournalRun.Print(new { Database = database, archive.Manifest.Rows, archive.Manifest.Tables });
            else
                Console.WriteLine($"{database} is made, with {JournalExportCommand.Events(archive.Manifest)}, and compared with the file; "
                    + $"its seals: trading audit verify --database {database}");
            return JournalOptions.Clean;
        }));
        return command;
    }

    private static async Task FillAsync(
        string server, string database, JournalArchive archive, long fileBytes, bool json, CancellationToken cancellation)
    {
        await using var journal = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server)
        { Database = database, Pooling = false, CommandTimeout = 0, ApplicationName = "trading journals import" });
        await CommandProgress.RunAsync("bytes", 2 * fileBytes, json, async progress =>
        {
            await JournalImport.ReadAsync(archive, journal, TimeProvider.System.GetUtcNow(), progress, cancellation);
            return archive.Manifest.Rows;
        });
    }
}
