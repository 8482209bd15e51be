using System.CommandLine;
using Trading.Aws;
using Trading.Hosting;

namespace Trading.Cli;

/// <summary>The switches by which every command finds the system that it is about.</summary>
public sealed class SettingsOptions
{
    private readonly Option<FileInfo> _file = new("--settings") { Description = "JSON file with settings, as the services take it", HelpName = "file" };
    private readonly Option<string[]> _set = new("--set") { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };
    private readonly Option<string> _scope = new("--scope") { Description = "prefix of the queues and topics", HelpName = "name" };
    private readonly Option<string> _url = new("--service-url") { Description = "endpoint that speaks SNS and SQS, when it is not AWS", HelpName = "url" };

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _file, _set, _scope, _url })
            command.Options.Add(option);
    }

    /// <summary>The settings that the switches, the file and the environment give; null when they are wrong, which has been said then.</summary>
    public TradingSettings? Read(ParseResult parsed)
    {
        var args = new List<string> { "--set", "Transport=amazonsqs" };
        if (parsed.GetValue(_file) is { } file)
            args.AddRange(["--settings", file.FullName]);
        foreach (var pair in parsed.GetValue(_set) ?? [])
            args.AddRange(["--set", pair]);
        if (parsed.GetValue(_scope) is { } scope)
            args.AddRange(["--set", $"Scope={scope}"]);
        if (parsed.GetValue(_url) is { } url)
            args.AddRange(["--set", $"AwsServiceUrl={url}"]);
        return CommandLine.Read([.. args], "trading", "", settings => settings, out _)?.Settings;
    }

    /// <summary>Where SNS and SQS are.</summary>
    public static AmazonSqsOptions Transport(TradingSettings settings) => new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope);

    /// <summary>Says what is wrong with a command line; gives the exit code.</summary>
    public static int Complain(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
            Console.Error.WriteLine($"trading: {error.Message}");
        Console.Error.WriteLine("trading: --help lists the commands and switches");
        return CommandLine.WrongUsage;
    }
}
