using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Control;
using Trading.Hosting.Secrets;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Schema;

namespace Trading.Cli.Control;

/// <summary>What a command of the control works with.</summary>
/// <param name="Parsed">Its switches.</param>
/// <param name="Json">Whether the answer is to be JSON.</param>
/// <param name="Cancellation">Ends the command.</param>
public sealed record ControlRun(ParseResult Parsed, bool Json, CancellationToken Cancellation);

/// <summary>The way to the account that the switches name: its journal, or the HTTP pages of a service.</summary>
public sealed class ControlOptions
{
    /// <summary>It was done, or was so already.</summary>
    public const int Done = 0;

    /// <summary>The account's or the order's state, or a limit, does not allow it.</summary>
    public const int Refused = 1;

    private readonly JournalOptions _journal = new();
    private readonly Option<Uri> _url = new("--url")
    {
        Description = "address of a program, to go over its API (/api/v1) or a service's HTTP pages in place of the journal; over the "
            + "API the token's name is recorded as who", HelpName = "url", CustomParser = AddressParser.Parse
    };
    private readonly Option<FileInfo> _token = new("--token-file")
    {
        Description =
            "file with the token for --url, which only its owner may read; the secret that Trading:ControlTokenSecret names by default",
        HelpName = "file"
    };

    /// <summary>Gives a command the switches and what it reads; a journal of an earlier version is read as it is.</summary>
    public void Show(Command command, Func<IOperatorControl, ControlRun, Task<int>> act) => Add(command, false, act);

    /// <summary>Gives a command the switches and what it does.</summary>
    public void Act(Command command, Func<IOperatorControl, ControlRun, Task<int>> act) => Add(command, true, act);

    private void Add(Command command, bool appends, Func<IOperatorControl, ControlRun, Task<int>> act)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
        _journal.AddTo(command);
        command.SetAction((parsed, cancellation) => JournalOptions.GuardAsync(() => RunAsync(parsed, appends, act, cancellation)));
    }

    private async Task<int> RunAsync(ParseResult parsed, bool appends, Func<IOperatorControl, ControlRun, Task<int>> act,
        CancellationToken cancellation)
    {
        var run = new ControlRun(parsed, parsed.GetValue(_journal.Json), cancellation);
        try
        {
            if (parsed.GetValue(_url) is { } url)
            {
                CheckAddress(url, parsed);
                using var control = await HttpControl.FindAsync(url, await TokenAsync(parsed, cancellation), cancellation);
                return await act(control, run);
            }
            return await _journal.OnJournalAsync(parsed, async found =>
            {
                await using var journal = new TradeJournal(found.ConnectionString,
                    new("control", typeof(ControlOptions).Assembly.GetName().Version!.ToString(3))
                    { Key = await KeyAsync(found, appends) }, TimeProvider.System);
                if (appends)
                    await PrepareAsync(journal, found, parsed.CommandResult.Command.Name is "halt" or "reduce" or "flatten");
                return await act(new JournalControl(journal, found.Settings.Account, TimeProvider.System), run);
            }, cancellation);
        }
        catch (ControlException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return wrong.Kind == ControlProblem.Refused ? Refused : JournalOptions.CouldNotRun;
        }
    }

    // What stops trading must not wait for a key: an event without a mark is written, and a line says so.
    private static async Task<WriterKey?> KeyAsync(JournalRun found, bool appends)
    {
        try
        {
            return appends ? await WriterKeys.KeyAsync(found.Settings, SecretStores.Store(found.Settings, TimeProvider.System),
                creates: false, found.Cancellation) : null;
        }
        catch (Exception unusable) when (unusable is SealKeyException or SecretException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"trading: the event will carry no mark, which trading audit verify reports: {unusable.Message}");
            return null;
        }
    }

    // A database that lacks something says so when the command needs it: what stops trading must be tried all the same.
    private static async Task PrepareAsync(TradeJournal journal, JournalRun found, bool stops)
    {
        try
        {
            await JournalServer.PrepareEventsAsync(journal, found.Settings, found.Cancellation);
        }
        catch (Exception lacking) when (stops && lacking is (JournalSchemaException or Npgsql.PostgresException))
        {
            Console.Error.WriteLine($"trading: {lacking.Message}");
        }
    }

    private async Task<string> TokenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_token) is { } file)
            return OwnersFile.Read(file.FullName, "token file").Trim();
        var settings = _journal.Read(parsed);
        return settings.ControlTokenSecret is { } name
            ? (await SecretStores.Store(settings, TimeProvider.System).GetAsync(name, cancellation)).Trim()
            : throw new ControlException("--url needs a token: --token-file, or Trading:ControlTokenSecret", ControlProblem.Wrong);
    }

    // The token must not be read on its way.
    private void CheckAddress(Uri url, ParseResult parsed)
    {
        if (!WebAddress.MayAsk(url, []) && !WebAddress.MayAsk(url, _journal.Read(parsed)?.PlainHttpHosts ?? []))
            throw new ControlException($"--url must be {WebAddress.Wanted}, was {url}", ControlProblem.Wrong);
    }
}
