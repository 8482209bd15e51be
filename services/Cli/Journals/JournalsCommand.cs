using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;

namespace Trading.Cli.Journals;

/// <summary>The journals of a server: what each is, which one commands read, and how one is deleted.</summary>
public static class JournalsCommand
{
    private const int LeastWide = 110;

    /// <summary>The command.</summary>
    public static Command Create() => new("journals",
        "Lists the journals, chooses the one that commands read, deletes one, or copies one to a file and back.")
    { List(), Use(), Delete(), JournalExportCommand.Create(), JournalImportCommand.Create() };

    private static Command List()
    {
        var options = new JournalOptions();
        var command = new Command("list", "Lists the journals, oldest first: prices, times, events, trades, size, how far it is sealed.\n"
            + "Example: trading journals list");
        Act(options, command, async (server, json, parsed, cancellation) =>
        {
            var entries = await JournalCatalog.ListAsync(server, cancellation);
            if (json)
                JournalRun.Print(entries);
            else if (entries.Count == 0)
                Console.WriteLine("there is no journal yet: trading demo and trading run make one");
            else
                Write(entries);
            return JournalOptions.Clean;
        });
        return command;
    }

    private static Command Use()
    {
        var options = new JournalOptions();
        var name = new Argument<string>("name") { Description = "the journal's database; - to choose no journal" };
        var command = new Command("use", "Chooses the journal that commands read when no journal is named.\n"
            + "Example: trading journals use live") { name };
        Act(options, command, async (server, _, parsed, cancellation) =>
        {
            var wanted = parsed.GetValue(name)!;
            if (wanted != "-")
                await FindAsync(server, wanted, cancellation);
            JournalChoice.Choose(wanted == "-" ? null : wanted);
            Console.WriteLine(wanted == "-" ? "no journal is chosen: name one with --database, or take --latest"
                : $"commands read {wanted} now, unless --database or --latest says otherwise");
            return JournalOptions.Clean;
        });
        return command;
    }

    private static Command Delete()
    {
        var options = new JournalOptions();
        var name = new Argument<string>("name") { Description = "the journal's database" };
        var yes = new Option<bool>("--yes") { Description = "do not ask" };
        var command = new Command("delete", "Deletes a journal for good, with every event in it; asks first.\n"
            + "Example: trading journals delete recorded_20261124_020810") { name, yes };
        Act(options, command, async (server, _, parsed, cancellation) =>
        {
            var entry = await FindAsync(server, parsed.GetValue(name)!, cancellation);
            if (entry.InUse && !await JournalCatalog.IsLeftAsync(server, entry.Database, cancellation))
                throw new CommandException($"{entry.Database} is in use by a program: stop that first");
            if (!parsed.GetValue(yes) && Console.IsInputRedirected)
                throw new CommandException($"deleting {entry.Database} needs an answer: run it on a terminal, or add --yes");
            if (!parsed.GetValue(yes) && !await Terminal.Output.ConfirmAsync(
                $"Delete {entry.Database} with {Figures.Count(entry.Events, "event")} and {Figures.Count(entry.Trades, "trade")} for good?",
                defaultValue: false, cancellation))
                return JournalOptions.Clean;
            await JournalCatalog.DeleteAsync(server, entry.Database, cancellation);
            Console.WriteLine($"{entry.Database} is deleted");
            return JournalOptions.Clean;
        });
        return command;
    }

    private static void Act(JournalOptions options, Command command, Func<string, bool, ParseResult, CancellationToken, Task<int>> act)
    {
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(async () =>
        {
            var settings = options.Read(parsed);
            await using var server = await JournalServer.ReachAsync(settings, NullLogger.Instance, cancellation);
            return await act(server.ConnectionString, parsed.GetValue(options.Json), parsed, cancellation);
        }));
    }

    private static async Task<JournalEntry> FindAsync(string server, string name, CancellationToken cancellation)
    {
        if (await JournalCatalog.FindAsync(server, name, cancellation) is { } found)
            return found;
        var names = await JournalCatalog.NamesAsync(server, cancellation);
        throw new CommandException($"there is no journal {name}"
            + (names.Count == 0 ? "" : $"; the nearest names are {string.Join(", ", NearestNames.Of(name, names, 3))}"));
    }

    private static void Write(IReadOnlyList<JournalEntry> entries)
    {
        // On a narrow terminal what tells journals apart: names are copied, and must stay whole.
        var wide = Terminal.Output.Profile.Width >= LeastWide;
        var table = new Table().Border(TableBorder.Simple);
        table = wide ? table.AddColumns("journal", "prices", "from", "to", "events", "trades", "size", "sealed to")
            : table.AddColumns("journal", "prices", "to", "trades", "size");
        foreach (var column in table.Columns)
            column.NoWrap();
        foreach (var entry in entries)
        {
            var name = Markup.Escape(entry.Database) + (entry.InUse ? " [green](in use)[/]" : "")
                + (entry.Database == JournalChoice.Chosen ? " [yellow](chosen)[/]" : "");
            var (prices, trades, size) = (entry.Prices == "simulated" ? "SIMULATED" : entry.Prices ?? "–",
                Words.Text($"{entry.Trades:N0}"), Figures.Bytes(entry.Bytes));
            table.AddRow(wide ? [name, prices, Minute(entry.From), Minute(entry.To), Words.Text($"{entry.Events:N0}"), trades, size,
                Words.Text($"{entry.SealedTo:N0}")] : [name, prices, Day(entry.To), trades, size]);
        }
        Terminal.Output.Write(table);

        static string Minute(DateTimeOffset? at) => at is { } time ? Figures.Minute(time) : "";
        static string Day(DateTimeOffset? at) => at is { } time ? Figures.Day(time) : "";
    }
}
