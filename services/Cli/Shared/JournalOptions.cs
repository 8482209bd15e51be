using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Hosting;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Archives;
using Trading.Journal.Keys;
using Trading.Journal.Schema;
using Trading.Journal.Sealing;
using Trading.LocalServers;

namespace Trading.Cli.Shared;

/// <summary>
/// The switches that all commands of the audit share, and how they run: find the journal, act, and say in one line what went wrong.
/// </summary>
public sealed class JournalOptions
{
    /// <summary>Nothing is wrong.</summary>
    public const int Clean = 0;

    /// <summary>Something in the journal, or in a proof, is wrong.</summary>
    public const int FoundWrong = 1;

    /// <summary>The question could not be answered.</summary>
    public const int CouldNotRun = 2;

    private readonly SettingsSwitches _settings = new();
    private readonly Option<string> _connection = new("--journal-connection")
    {
        Description = "connection string of the journal's server, when it is not the private one of this machine; "
            + "better in Trading__JournalConnection",
        HelpName = "string"
    };
    private readonly Option<DirectoryInfo> _folder = new("--journal-folder")
    { Description = "folder of the private journal, when it is not the usual one", HelpName = "folder" };
    private readonly Option<string> _database = new("--database")
    { Description = "database of the journal; not needed where there is only one, or a program uses one", HelpName = "name" };
    private readonly Option<bool> _latest = new("--latest") { Description = "the journal that was made last, in place of --database" };

    /// <summary>The switch for JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "as JSON" };

    /// <summary>Gives a command the switches and what it does on the journal.</summary>
    public void Act(Command command, Func<JournalRun, Task<int>> act)
    {
        AddTo(command);
        command.SetAction((parsed, cancellation) => GuardAsync(() => OnJournalAsync(parsed, act, cancellation)));
    }

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _connection, _folder, _database, _latest })
            command.Options.Add(option);
        _settings.AddTo(command);
        command.Options.Add(Json);
    }

    /// <summary>
    /// Runs what may fail for reasons that the user can put right; each is one line and exit code 2. An interruption and
    /// settings that are refused are left to the program, which has an exit code for each.
    /// </summary>
    public static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception) when (Interruption.ExitCode != 0)
        {
            // What fails because the command was interrupted is of no interest.
            throw new OperationCanceledException();
        }
        catch (Exception wrong) when (Line(wrong) is { } line)
        {
            Console.Error.WriteLine($"trading: {line}");
            return wrong is SealException ? FoundWrong : CouldNotRun;
        }
    }

    // Null for what is the program's own fault.
    private static string? Line(Exception wrong) => wrong switch
    {
        CommandException or PrivatePostgresException or JournalSchemaException or SealKeyException or AnchorException or SecretException
            or StoreException or ArchiveException or SealException => wrong.Message,
        PostgresException refused => $"the journal's database says: {refused.MessageText}",
        NpgsqlException unreachable => $"the journal's database cannot be used: {unreachable.GetBaseException().Message}",
        IOException or UnauthorizedAccessException => OutputFile.Fault(wrong),
        _ => null,
    };

    /// <summary>Finds the journal that the switches name and acts on it.</summary>
    public async Task<int> OnJournalAsync(ParseResult parsed, Func<JournalRun, Task<int>> act, CancellationToken cancellation)
    {
        var settings = Read(parsed);
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(server.ConnectionString)
            {
                // The connections of this command: all are closed when it ends.
                Pooling = true,
                CommandTimeout = 0,
                ReadBufferSize = Verifier.ReadBufferSize
            });
        return await SensibleAsync(
            () => act(new(parsed, settings, server.ConnectionString, database, parsed.GetValue(Json), cancellation)));
    }

    /// <summary>
    /// Reads a journal, and says in one line when it makes no sense: anyone who can write to the database can leave anything in it.
    /// </summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public static async Task<T> SensibleAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception unfit) when (unfit is InvalidDataException or JsonException or FormatException or InvalidOperationException
            or InvalidCastException or OverflowException or ArgumentException or KeyNotFoundException)
        {
            throw new CommandException($"the journal holds something that makes no sense: {unfit.Message.TrimEnd('.')}; "
                + "trading audit verify shows whether it was changed");
        }
    }

    /// <summary>The settings that the switches, the file and the environment give.</summary>
    /// <exception cref="SettingsRefusedException">They cannot be used.</exception>
    public TradingSettings Read(ParseResult parsed)
    {
        var args = new List<string>();
        if (parsed.GetValue(_connection) is { } connection)
            args.AddRange(["--set", "Journal=postgres", "--set", $"JournalConnection={connection}"]);
        if (parsed.GetValue(_folder) is { } folder)
            args.AddRange(["--set", "Journal=local", "--set", $"JournalFolder={folder.FullName}"]);
        if (parsed.GetValue(_database) is { } database)
            args.AddRange(["--database", database]);
        else if (parsed.GetValue(_latest))
            args.AddRange(["--database", JournalChoice.Latest]);
        return _settings.Read(parsed, args);
    }
}
