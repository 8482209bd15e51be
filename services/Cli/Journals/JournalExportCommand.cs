using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Archives;

namespace Trading.Cli.Journals;

/// <summary>A whole journal into one file.</summary>
public static class JournalExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var name = new Argument<string?>("name")
        { Description = "the journal's database; the one that is chosen or the only one by default", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<FileInfo>("--output", "-o")
        { Description = "file to write, which must not exist", HelpName = "file", Required = true }
            .Written();
        var command = new Command("export", "Writes a whole journal into one file: events, seals, prices. A running program may go on "
            + "meanwhile; the file is read again and checked before it gets its name.\n"
            + "Example: trading journals export live --output live.journal") { name, output };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var settings = options.Read(parsed);
            var file = parsed.GetValue(output)!;
            if (file.Exists)
                throw new CommandException($"{file.FullName} exists; nothing is overwritten");
            if (parsed.GetValue(name) is { } database)
                settings = settings with { JournalDatabase = database };
            await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
            await using var journal = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString)
            { Pooling = false, CommandTimeout = 0, ApplicationName = "trading journals export" });
            var manifest = await WriteAsync(journal, file, parsed.GetValue(options.Json), cancellation);
            if (parsed.GetValue(options.Json))
                JournalRun.Print(new { manifest.Database, File = file.FullName, manifest.Rows, manifest.Tables });
            else
                Console.WriteLine($"{manifest.Database} is in {file.FullName}: {Events(manifest)}, "
                    + Figures.Bytes(new FileInfo(file.FullName).Length));
            return JournalOptions.Clean;
        }));
        return command;
    }

    /// <summary>How many events a file holds, for people.</summary>
    internal static string Events(ArchiveManifest manifest) =>
        Figures.Count(manifest.Tables.FirstOrDefault(table => table.Name == "mt_events")?.Rows ?? 0, "event");

    // The file gets its name when it is whole and checked.
    private static async Task<ArchiveManifest> WriteAsync(
        NpgsqlDataSource journal, FileInfo file, bool json, CancellationToken cancellation)
    {
        var part = $"{file.FullName}.{Environment.ProcessId}.part";
        try
        {
            ArchiveManifest manifest;
            await using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                manifest = await CommandProgress.RunAsync("bytes", await SizeAsync(journal, cancellation), json,
                    progress => JournalExport.WriteAsync(journal, stream, TimeProvider.System.GetUtcNow(), progress, cancellation));
            }
            File.Move(part, file.FullName, overwrite: false);
            return manifest;
        }
        finally
        {
            File.Delete(part);
        }
    }

    // Indexes count too, so the bar ends early rather than late.
    private static async Task<long> SizeAsync(NpgsqlDataSource journal, CancellationToken cancellation)
    {
        await using var command = journal.CreateCommand("select pg_database_size(current_database())");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
