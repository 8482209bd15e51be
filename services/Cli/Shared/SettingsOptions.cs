using System.CommandLine;
using System.CommandLine.Parsing;
using Trading.Aws;
using Trading.Hosting.Settings;

namespace Trading.Cli.Shared;

/// <summary>The switches by which a command about queues and topics finds them.</summary>
public sealed class SettingsOptions
{
    private readonly SettingsSwitches _settings = new();
    private readonly Option<string> _scope = new("--scope") { Description = "prefix of the queues and topics", HelpName = "name" };
    private readonly Option<string> _url = new("--service-url")
    { Description = "endpoint that speaks SNS and SQS, when it is not AWS", HelpName = "url" };

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        _settings.AddTo(command);
        command.Options.Add(_scope);
        command.Options.Add(_url);
    }

    /// <summary>The settings that the switches, the file and the environment give.</summary>
    /// <exception cref="SettingsRefusedException">They cannot be used.</exception>
    public TradingSettings Read(ParseResult parsed)
    {
        var args = new List<string>();
        if (parsed.GetValue(_scope) is { } scope)
            args.AddRange(["--set", $"Scope={scope}"]);
        if (parsed.GetValue(_url) is { } url)
            args.AddRange(["--set", $"AwsServiceUrl={url}"]);
        return OfRunningUp(_settings.Read(parsed, args, "--set", "Transport=amazonsqs"), parsed.GetValue(_scope) is not null);
    }

    // What trading up started listens on a port of its own choice and takes keys of its own: its note says which.
    private static TradingSettings OfRunningUp(TradingSettings settings, bool scoped)
    {
        if (settings is not { AwsServiceUrl: null, Profile: TradingSettings.DefaultProfile or TradingSettings.TechnicalProfile }
            || Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") is { Length: > 0 } || UpNote.Running() is not { } note)
            return settings;
        Console.Error.WriteLine($"trading: of the system that trading up runs here (process {note.ProcessId}), at {note.AwsServiceUrl}");
        foreach (var (name, value) in note.Environment)
            Environment.SetEnvironmentVariable(name, value);
        return settings with { AwsServiceUrl = note.AwsServiceUrl, Scope = scoped ? settings.Scope : note.Scope };
    }

    /// <summary>Where SNS and SQS are.</summary>
    public static AmazonSqsOptions Transport(TradingSettings settings) => new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope);

    /// <summary>Says what is wrong with a command line; gives the exit code.</summary>
    public static int Complain(ParseResult parsed)
    {
        // A command that is not known is also one that is missing; the first says it all.
        var unknown = parsed.UnmatchedTokens.Count > 0;
        return Complain([.. parsed.Errors.Select(error => error.Message)
            .Where(message => !(unknown && parsed.Errors.Count > 1 && message.StartsWith("Required command", StringComparison.Ordinal)))]);
    }

    /// <summary>
    /// A switch that no command has, which the parser would take for a file, a name or whatever else the command asks for; null when there
    /// is none. What follows on -- is taken as it is.
    /// </summary>
    public static string? StraySwitch(ParseResult parsed)
    {
        var asItIs = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet();
        return parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault(token =>
            token.Value.Length > 2 && token.Value.StartsWith("--", StringComparison.Ordinal) && !asItIs.Contains(token))?.Value;
    }

    /// <summary>Says what is wrong with a command line; gives the exit code.</summary>
    public static int Complain(params IReadOnlyList<string> errors)
    {
        foreach (var error in errors)
            Console.Error.WriteLine(SecretText.Masked($"trading: {error.ReplaceLineEndings(" ")}"));
        Console.Error.WriteLine("trading: --help lists the commands and switches");
        return CommandLine.WrongUsage;
    }
}
