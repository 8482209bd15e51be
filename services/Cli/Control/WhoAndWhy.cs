using System.CommandLine;

namespace Trading.Cli.Control;

/// <summary>The switches of every command that changes something.</summary>
internal sealed class WhoAndWhy
{
    private readonly Option<string> _reason = new("--reason")
    { Description = "why; recorded in the journal", Required = true, HelpName = "text" };
    private readonly Option<string> _by = new("--by")
    { Description = "who; recorded in the journal", DefaultValueFactory = _ => Environment.UserName, HelpName = "name" };

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_reason);
        command.Options.Add(_by);
    }

    /// <summary>Who decides.</summary>
    public string By(ParseResult parsed) => parsed.GetValue(_by)!;

    /// <summary>Why.</summary>
    public string Reason(ParseResult parsed) => parsed.GetValue(_reason)!;
}
