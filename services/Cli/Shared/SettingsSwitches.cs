using System.CommandLine;
using Trading.Hosting.Settings;

namespace Trading.Cli.Shared;

/// <summary>The settings cannot be used; every line about it is written already.</summary>
/// <param name="exitCode">The code that the program ends with: 78 for wrong settings, 2 for a switch that cannot be read.</param>
public sealed class SettingsRefusedException(int exitCode) : Exception("the settings cannot be used")
{
    /// <summary>The code that the program ends with.</summary>
    public int ExitCode => exitCode;
}

/// <summary>The two switches by which every command takes settings: a file, and single settings.</summary>
public sealed class SettingsSwitches
{
    private readonly Option<FileInfo> _file = new("--settings")
    { Description = "JSON file with settings, as the services take it", HelpName = "file" };
    private readonly Option<string[]> _set = new("--set")
    { Description = "any setting, as Name=value; may be repeated", HelpName = "name=value" };

    /// <summary>Adds the switches to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_set);
    }

    /// <summary>The file; null when none is named.</summary>
    public FileInfo? File(ParseResult parsed) => parsed.GetValue(_file);

    /// <summary>The single settings, as they were written.</summary>
    public IReadOnlyList<string> Pairs(ParseResult parsed) => parsed.GetValue(_set) ?? [];

    /// <summary>The settings that the switches, the file and the environment give.</summary>
    /// <param name="parsed">The switches.</param>
    /// <param name="more">Further switches that settings are read from; they come after those that were given, and win.</param>
    /// <param name="before">Switches that come before, so that what is given wins.</param>
    /// <exception cref="SettingsRefusedException">They cannot be used.</exception>
    public TradingSettings Read(ParseResult parsed, IEnumerable<string> more, params IEnumerable<string> before)
    {
        List<string> args = [.. before];
        if (File(parsed) is { } file)
            args.AddRange(["--settings", file.FullName]);
        args.AddRange(Pairs(parsed).SelectMany(pair => new[] { "--set", pair }));
        return Read([.. args, .. more]);
    }

    /// <summary>The settings that a file and the environment give.</summary>
    /// <exception cref="SettingsRefusedException">They cannot be used.</exception>
    public static TradingSettings Of(FileInfo file) => Read(["--settings", file.FullName]);

    private static TradingSettings Read(string[] args) =>
        CommandLine.Read(args, "trading", "", settings => settings, out var exitCode)?.Settings
            ?? throw new SettingsRefusedException(exitCode);
}
