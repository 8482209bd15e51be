using System.IO.Compression;
using System.Text.Json;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Sealing;
using Trading.Journal.Events;

namespace Trading.Dashboard.Reading;

/// <summary>
/// Keeps what was made of a journal in a file, so that the next start reads only what has happened since. A file of another program, of
/// another journal, or of one that was made again is not taken: then everything is read, as without one.
/// </summary>
/// <param name="folder">Where the files lie.</param>
/// <param name="database">Name of the journal's database.</param>
/// <param name="account">Name of the account.</param>
/// <param name="log">Tells what cannot be used.</param>
public sealed class ViewFile(string folder, string database, string account, ILogger log)
{
    /// <summary>So many new events are worth writing the file again; fewer are read again in no time.</summary>
    public const int Each = 50_000;

    private const int MostFiles = 5;
    private const string Ending = ".view";
    private static readonly Guid Build = typeof(ViewFile).Assembly.ManifestModule.ModuleVersionId;

    private string Path => System.IO.Path.Combine(folder, $"dashboard-{database}-{account}{Ending}");

    /// <summary>The file of a program's own journal; null where the settings name no place for it.</summary>
    public static ViewFile? Of(TradingSettings settings, TradeJournal journal, ILogger log)
    {
        var folder = settings.DashboardFolder ?? (settings.Journal == JournalKind.Postgres ? null
            : System.IO.Path.GetDirectoryName(SealKeys.DefaultKeyFile(settings.JournalFolder)));
        return folder is null ? null
            : new(folder, new NpgsqlConnectionStringBuilder(journal.ConnectionString).Database!, settings.Account, log);
    }

    /// <summary>Whether this version of the program has kept something: what another one kept is not taken.</summary>
    public bool IsOfThisVersion
    {
        get
        {
            try
            {
                using var file = File.OpenRead(Path);
                return JsonSerializer.Deserialize<Head>(ReadLine(file))?.Build == Build;
            }
            catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or JsonException)
            {
                // What cannot be used is said when somebody looks.
                return false;
            }
        }
    }

    /// <summary>Fills a view with what was kept.</summary>
    /// <returns>Whether there was something that fits the journal.</returns>
    public async Task<bool> LoadAsync(JournalView view, NpgsqlDataSource journal, CancellationToken cancellation)
    {
        if (!File.Exists(Path))
            return false;
        try
        {
            await using var file = File.OpenRead(Path);
            var head = JsonSerializer.Deserialize<Head>(ReadLine(file));
            if (head is null || head.Build != Build || await JournalReader.IdAsync(journal, head.Sequence, cancellation) != head.Event)
                return false;
            await using var body = new BrotliStream(file, CompressionMode.Decompress);
            var written = await JsonSerializer.DeserializeAsync<WrittenView>(body, ViewState.Json, cancellation);
            if (written is not { State: { } state, Lists: { } lists } || state.Sequence != head.Sequence || state.Name != account)
                return false;
            state.Lists = lists;
            view.Take(state);
            return true;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or JsonException or InvalidDataException
            or NotSupportedException or InvalidOperationException)
        {
            log.LogWarning("{File} cannot be used, so the whole journal is read: {Reason}", Path, unusable.Message);
            return false;
        }
    }

    /// <summary>Keeps a view.</summary>
    public async Task SaveAsync(JournalView view, NpgsqlDataSource journal, CancellationToken cancellation)
    {
        var made = $"{Path}.{Environment.ProcessId}.new";
        try
        {
            Directory.CreateDirectory(folder);
            using var state = new MemoryStream();
            var sequence = view.Write(state);
            if (await JournalReader.IdAsync(journal, sequence, cancellation) is not { } last)
                return;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using (var file = new FileStream(made, options))
            {
                file.Write([.. JsonSerializer.SerializeToUtf8Bytes(new Head(Build, sequence, last)), (byte)'\n']);
                state.Position = 0;
                await using var body = new BrotliStream(file, CompressionLevel.Fastest);
                await state.CopyToAsync(body, cancellation);
            }
            File.Move(made, Path, overwrite: true);
            // Journals come and go; what belongs to those that have gone is old.
            var files = new DirectoryInfo(folder).GetFiles($"dashboard-*{Ending}");
            foreach (var old in files.OrderByDescending(known => known.LastWriteTimeUtc).Skip(MostFiles))
                old.Delete();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or NpgsqlException
            or OperationCanceledException)
        {
            log.LogWarning("{File} cannot be written, so the next start reads more of the journal: {Reason}", Path, failed.Message);
        }
        finally
        {
            if (File.Exists(made))
                File.Delete(made);
        }
    }

    private static byte[] ReadLine(FileStream file)
    {
        const int Longest = 4096;
        var line = new List<byte>();
        for (var next = file.ReadByte(); next is not (-1 or '\n') && line.Count < Longest; next = file.ReadByte())
            line.Add((byte)next);
        return [.. line];
    }

    private sealed record Head(Guid Build, long Sequence, Guid Event);
}
