using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>What a command of the audit works with.</summary>
/// <param name="Parsed">Its switches.</param>
/// <param name="Settings">The settings, valid.</param>
/// <param name="ConnectionString">The journal's database. Contains the password.</param>
/// <param name="Database">The journal's database.</param>
/// <param name="Json">Whether the answer is to be JSON.</param>
/// <param name="Cancellation">Ends the command.</param>
public sealed record AuditRun(ParseResult Parsed, TradingSettings Settings, string ConnectionString, NpgsqlDataSource Database, bool Json, CancellationToken Cancellation)
{
    /// <summary>Writes a value to standard output as JSON.</summary>
    public static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, AuditOptions.Indented));
}

/// <summary>A question that cannot be answered: one line, exit code 2.</summary>
public sealed class AuditException(string message) : Exception(message);

/// <summary>The switches that all commands of the audit share, and how they run: find the journal, act, and say in one line what went wrong.</summary>
public sealed class AuditOptions
{
    /// <summary>Nothing is wrong.</summary>
    public const int Clean = 0;

    /// <summary>Something in the journal, or in a proof, is wrong.</summary>
    public const int FoundWrong = 1;

    /// <summary>The question could not be answered.</summary>
    public const int CouldNotRun = 2;

    /// <summary>JSON as every command prints it: camelCase, enums as words, decimals as they are.</summary>
    public static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    private readonly Option<FileInfo> _file = new("--settings") { Description = "JSON file with settings, as the services take it", HelpName = "file" };
    private readonly Option<string[]> _set = new("--set") { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };
    private readonly Option<string> _connection = new("--journal-connection") { Description = "connection string of the journal's server, when it is not the private one of this machine; better in Trading__JournalConnection", HelpName = "string" };
    private readonly Option<DirectoryInfo> _folder = new("--journal-folder") { Description = "folder of the private journal, when it is not the usual one", HelpName = "folder" };
    private readonly Option<string> _database = new("--database") { Description = "database of the journal; may be left out where there is only one", HelpName = "name" };

    /// <summary>The switch for JSON.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "as JSON" };

    /// <summary>Gives a command the switches and what it does on the journal.</summary>
    public void Act(Command command, Func<AuditRun, Task<int>> act)
    {
        AddTo(command);
        command.SetAction((parsed, cancellation) => GuardAsync(() => OnJournalAsync(parsed, act, cancellation)));
    }

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _connection, _folder, _database, _file, _set, Json })
            command.Options.Add(option);
    }

    /// <summary>Runs what may fail for reasons that the user can put right; each is one line and exit code 2.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception wrong) when (wrong is AuditException or PrivatePostgresException or SealKeyException or AnchorException or SecretException or StoreException)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
        }
        catch (SealException refused)
        {
            Console.Error.WriteLine($"trading: {refused.Message}");
            return FoundWrong;
        }
        catch (PostgresException refused)
        {
            Console.Error.WriteLine($"trading: the journal's database says: {refused.MessageText}");
        }
        catch (NpgsqlException unreachable)
        {
            Console.Error.WriteLine($"trading: the journal's database cannot be used: {unreachable.GetBaseException().Message}");
        }
        catch (Exception file) when (file is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"trading: {file.Message}");
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("trading: stopped before the end");
        }
        return CouldNotRun;
    }

    /// <summary>Finds the journal that the switches name and acts on it.</summary>
    public async Task<int> OnJournalAsync(ParseResult parsed, Func<AuditRun, Task<int>> act, CancellationToken cancellation)
    {
        if (Read(parsed) is not { } settings)
            return CouldNotRun;
        await using var server = await JournalServer.FindAsync(settings, NullLogger.Instance, cancellation);
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server.ConnectionString) { ApplicationName = "trading audit", Pooling = false, CommandTimeout = 0, ReadBufferSize = Verifier.ReadBufferSize });
        return await SensibleAsync(() => act(new(parsed, settings, server.ConnectionString, database, parsed.GetValue(Json), cancellation)));
    }

    /// <summary>Reads a journal, and says in one line when it makes no sense: whoever can write to the database can leave anything in it.</summary>
    /// <exception cref="AuditException">It makes no sense.</exception>
    public static async Task<T> SensibleAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception unfit) when (unfit is InvalidDataException or JsonException or FormatException or InvalidOperationException or InvalidCastException or OverflowException or ArgumentException or KeyNotFoundException)
        {
            throw new AuditException($"the journal holds something that makes no sense: {unfit.Message.TrimEnd('.')}; trading audit verify tells whether it was changed");
        }
    }

    /// <summary>The settings that the switches, the file and the environment give; null when they are wrong, which has been said then.</summary>
    public TradingSettings? Read(ParseResult parsed)
    {
        var args = new List<string>();
        if (parsed.GetValue(_file) is { } file)
            args.AddRange(["--settings", file.FullName]);
        foreach (var pair in parsed.GetValue(_set) ?? [])
            args.AddRange(["--set", pair]);
        if (parsed.GetValue(_connection) is { } connection)
            args.AddRange(["--set", "Journal=postgres", "--set", $"JournalConnection={connection}"]);
        if (parsed.GetValue(_folder) is { } folder)
            args.AddRange(["--set", "Journal=local", "--set", $"JournalFolder={folder.FullName}"]);
        if (parsed.GetValue(_database) is { } database)
            args.AddRange(["--database", database]);
        return CommandLine.Read([.. args], "trading", "", settings => settings, out _)?.Settings;
    }
}
