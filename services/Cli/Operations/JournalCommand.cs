using System.CommandLine;
using Npgsql;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Journal.Events;
using Trading.Journal.Schema;
using Trading.Journal.Upgrades;

namespace Trading.Cli.Operations;

/// <summary>The tables of the journal's database, for who owns them.</summary>
public static class JournalCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new("journal", "The tables of the journal's database.") { Migrate(), Roles() };

    private static Command Migrate()
    {
        var options = new JournalOptions();
        var check = new Option<bool>("--check") { Description = "change nothing; say what is missing, and end with 1 if anything is" };
        var role = new Option<string>("--grant-to")
        {
            Description = "role of the services: it may read and append, and not change the tables", HelpName = "role",
        };
        var command = new Command(
            "migrate",
            "Creates the journal's tables, indexes and functions, or brings them up to date, with the rights of their owner, so that "
            + "services run without: JournalMigration=none, as in the profiles dev and prod. "
            + "Prints what it did; done again it does nothing.\n"
            + "Example: trading journal migrate --database live --grant-to trading_service\n"
            + "Example: trading journal migrate --check") { check, role };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var settings = options.Read(parsed);
            var checks = parsed.GetValue(check);
            var now = TimeProvider.System.GetUtcNow();
            await using var server = await JournalServer.ForMigrationAsync(settings, !checks, now, cancellation);
            await using var database = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(server.ConnectionString) { ApplicationName = "trading journal", CommandTimeout = 0 });
            var (services, json) = (parsed.GetValue(role), parsed.GetValue(options.Json));
            return checks
                ? await CheckAsync(server, database, services, json, cancellation)
                : await MigrateAsync(server, database, services, json, cancellation);
        }));
        return command;
    }

    private static Command Roles()
    {
        var options = new JournalOptions();
        var apply = new Option<bool>("--apply")
        { Description = "carry the statements out, as the tables' owner with the right to create roles" };
        var prefix = new Option<string>("--prefix")
        { Description = "what the names of the roles begin with", HelpName = "text", DefaultValueFactory = _ => "trading_" };
        var command = new Command(
            "roles",
            "Prints the statements that make a role for each service, with the rights on tables and streams that it needs and no more: "
            + "no role may change or delete events; PriceCollector and Predictor can append to no account and no trade. Passwords are set "
            + "by you.\n"
            + "Example: trading journal roles --apply --database live") { apply, prefix };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var begin = parsed.GetValue(prefix)!;
            if (!ServiceRole.IsPrefix(begin))
            {
                Console.Error.WriteLine($"trading: --prefix takes 1 to 40 small letters, digits or _, was {begin}");
                return JournalOptions.CouldNotRun;
            }
            var statements = ServiceRole.All.SelectMany(role => role.Statements(begin)).ToList();
            if (!parsed.GetValue(apply))
            {
                foreach (var statement in statements)
                    Console.WriteLine($"{statement};");
                return JournalOptions.Clean;
            }
            if (options.Read(parsed) is not { } settings)
                return JournalOptions.CouldNotRun;
            await using var server = await JournalServer.ForMigrationAsync(
                settings, false, TimeProvider.System.GetUtcNow(), cancellation);
            await using var database = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(server.ConnectionString) { ApplicationName = "trading journal", CommandTimeout = 0 });
            await ServiceRole.ApplyAsync(database, statements, cancellation);
            foreach (var role in ServiceRole.All)
                Console.WriteLine($"{role.Name(begin)} has the rights of {role.Service}");
            return JournalOptions.Clean;
        }));
        return command;
    }

    private static async Task<int> MigrateAsync(
        JournalServer server, NpgsqlDataSource database, string? role, bool json, CancellationToken cancellation)
    {
        var done = await SchemaUpgrade.AllAsync(database, role, TimeProvider.System.GetUtcNow(), cancellation);
        var state = await JournalSchema.StateAsync(database, null, cancellation);
        if (json)
            JournalRun.Print(new { server.Description, state.Version, Done = done });
        else
        {
            foreach (var line in done)
                Console.WriteLine(line);
            Console.WriteLine($"{server.Description}: schema version {state.Version}{(done.Count == 0 ? ", nothing to do" : "")}");
        }
        return JournalOptions.Clean;
    }

    private static async Task<int> CheckAsync(
        JournalServer server, NpgsqlDataSource database, string? role, bool json, CancellationToken cancellation)
    {
        var state = await JournalSchema.StateAsync(database, role, cancellation);
        List<string> missing = [.. state.Lacks()];
        // Where the event store is there, its indexes, columns and functions are compared too.
        if (!state.Missing.Any(name => name.StartsWith("mt_", StringComparison.Ordinal)) && state.Version == JournalSchema.Version)
            missing.AddRange((await EventStoreSchema.DifferencesAsync(database)).Select(name => $"{name} as this version makes it"));
        missing.AddRange(await SchemaUpgrade.MissingMonthsAsync(database, TimeProvider.System.GetUtcNow(), cancellation));
        if (role is not null)
            missing.AddRange(state.Forbidden.Select(rights => $"{rights} for {role}"));
        if (json)
            JournalRun.Print(new { server.Description, state.Version, Missing = missing });
        else
        {
            foreach (var line in missing)
                Console.WriteLine($"missing: {line}");
            var end = missing.Count == 0 ? ", nothing is missing" : "; trading journal migrate creates what is missing";
            Console.WriteLine($"{server.Description}: schema version {state.Version}{end}");
        }
        return missing.Count == 0 ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }
}
