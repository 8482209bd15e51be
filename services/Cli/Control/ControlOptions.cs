using System.CommandLine;
using Trading.Cli.Audit;
using Trading.Hosting;
using Trading.Journal;

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

    private readonly AuditOptions _journal = new();
    private readonly Option<Uri> _url = new("--url") { Description = "address of a service, to go over its HTTP pages in place of the journal", HelpName = "url", CustomParser = Address };
    private readonly Option<FileInfo> _token = new("--token-file") { Description = "file with the token for --url, which only its owner may read; the secret that Trading:ControlTokenSecret names when left out", HelpName = "file" };

    /// <summary>Gives a command the switches and what it does.</summary>
    public void Act(Command command, Func<IOperatorControl, ControlRun, Task<int>> act)
    {
        command.Options.Add(_url);
        command.Options.Add(_token);
        _journal.AddTo(command);
        command.SetAction((parsed, cancellation) => AuditOptions.GuardAsync(() => RunAsync(parsed, act, cancellation)));
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<IOperatorControl, ControlRun, Task<int>> act, CancellationToken cancellation)
    {
        var run = new ControlRun(parsed, parsed.GetValue(_journal.Json), cancellation);
        try
        {
            if (parsed.GetValue(_url) is { } url)
            {
                using var control = new HttpControl(url, await TokenAsync(parsed, cancellation));
                return await act(control, run);
            }
            return await _journal.OnJournalAsync(parsed, async found =>
            {
                await using var journal = new TradeJournal(found.ConnectionString, new("control", typeof(ControlOptions).Assembly.GetName().Version!.ToString(3)), TimeProvider.System);
                return await act(new JournalControl(journal, found.Settings.Account, TimeProvider.System), run);
            }, cancellation);
        }
        catch (ControlException wrong)
        {
            Console.Error.WriteLine($"trading: {wrong.Message}");
            return wrong.Kind == ControlProblem.Refused ? Refused : AuditOptions.CouldNotRun;
        }
    }

    private async Task<string> TokenAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_token) is { } file)
            return OwnersFile.Read(file.FullName, "token file").Trim();
        if (_journal.Read(parsed) is not { } settings)
            throw new ControlException("the settings are wrong, so there is no token", ControlProblem.Unreachable);
        return settings.ControlTokenSecret is { } name
            ? (await Secrets.Store(settings, TimeProvider.System).GetAsync(name, cancellation)).Trim()
            : throw new ControlException("--url needs a token: --token-file, or Trading:ControlTokenSecret", ControlProblem.Wrong);
    }

    private static Uri? Address(System.CommandLine.Parsing.ArgumentResult given)
    {
        if (Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        given.AddError($"--url takes an address like http://127.0.0.1:8080, was {given.Tokens[0].Value}");
        return null;
    }
}
