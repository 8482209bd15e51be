using Microsoft.Extensions.Configuration;

namespace Trading.Hosting.Settings;

/// <summary>What a command line starts.</summary>
/// <param name="Settings">The settings, valid.</param>
/// <param name="Verbose">Whether every price and hold is printed.</param>
public sealed record StartOptions(TradingSettings Settings, bool Verbose);

/// <summary>The switches of every service, and the exit codes.</summary>
public static class CommandLine
{
    /// <summary>Exit code for a wrong switch.</summary>
    public const int WrongUsage = 2;

    /// <summary>Exit code for settings that cannot be used (EX_CONFIG of sysexits.h).</summary>
    public const int WrongSettings = 78;

    /// <summary>Reads switches, settings file and environment.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="service">Name of the program.</param>
    /// <param name="description">Description for --help.</param>
    /// <param name="program">Values that this program sets instead of the profile's.</param>
    /// <param name="exitCode">The exit code when there is nothing to start.</param>
    /// <param name="usual">The profile where none is named.</param>
    /// <param name="usage">How the program is called, for --help; null where it is a program of its own.</param>
    /// <returns>What to start; null after help, version, a list of settings or errors, which are printed here.</returns>
    public static StartOptions? Read(
        string[] args, string service, string description, Func<TradingSettings, TradingSettings> program, out int exitCode,
        string usual = TradingSettings.DefaultProfile, string? usage = null)
    {
        var switches = new Switches();
        var parsed = switches.Command(description).Parse(args);
        exitCode = 0;
        if (parsed.Errors.Count > 0)
        {
            exitCode = WrongUsage;
            return Fail([.. parsed.Errors.Select(error => $"{service}: {error.Message}"), $"{service}: --help lists the switches"]);
        }
        if (parsed.Action is not null)
        {
            // The parser knows the program's name, and not the words that led here.
            using var output = new StringWriter();
            parsed.Invoke(new() { Output = output });
            Console.Write(usage is null ? output.ToString()
                : output.ToString().Replace("\n  trading [options]", $"\n  {usage} [options]", StringComparison.Ordinal));
            return null;
        }
        if (switches.Values(parsed, out var unreadable) is not { } values)
        {
            exitCode = WrongUsage;
            return Fail($"{service}: --set takes Name=value, was {unreadable}");
        }
        if (Configuration(parsed.GetValue(switches.File), values, service) is not { } configuration)
        {
            exitCode = WrongSettings;
            return null;
        }
        var settings = SettingsReader.Read(configuration, program, out var violations, out var notes, usual);
        foreach (var note in notes)
            Console.Error.WriteLine($"{service}: {note}");
        if (violations.Count > 0)
        {
            exitCode = WrongSettings;
            return Fail([.. violations]);
        }
        if (!parsed.GetValue(switches.Show))
            return new(settings, parsed.GetValue(switches.Verbose));
        foreach (var line in SettingsReader.Lines(settings))
            Console.WriteLine(line);
        return null;
    }

    private static StartOptions? Fail(params IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Console.Error.WriteLine(SecretText.Masked(line));
        return null;
    }

    // Nobody reads what is outside of the section, so a file that says something there would be ignored in silence.
    private static string? SectionFault(IConfiguration file)
    {
        const string Expected = "settings stand in one section: { \"Trading\": { \"Name\": value } }";
        var other = file.GetChildren().FirstOrDefault(section =>
            section.Key != "$schema" && !section.Key.Equals(SettingsReader.Section, StringComparison.OrdinalIgnoreCase));
        return other is not null ? $"has \"{other.Key}\" outside of the section Trading; {Expected}"
            : file.GetSection(SettingsReader.Section).Exists() || file.GetChildren().Any() ? null
            : $"has no section Trading; {Expected}";
    }

    /// <summary>All sources of settings; null when the file cannot be used, which has been said then.</summary>
    public static IConfigurationRoot? Configuration(FileInfo? file, Dictionary<string, string?> switches, string service)
    {
        var builder = new ConfigurationBuilder();
        if (file is { Exists: false })
        {
            Console.Error.WriteLine($"{service}: the settings file {file.FullName} does not exist");
            return null;
        }
        if (file is not null)
            builder.AddJsonFile(file.FullName, optional: false);
        try
        {
            if (file is not null && SectionFault(builder.Build()) is { } fault)
            {
                Console.Error.WriteLine($"{service}: the settings file {file.FullName} {fault}");
                return null;
            }
            return builder.AddEnvironmentVariables().AddInMemoryCollection(switches).Build();
        }
        catch (InvalidDataException unreadable)
        {
            Console.Error.WriteLine(
                $"{service}: the settings file {file!.FullName} is not readable: {unreadable.GetBaseException().Message}");
            return null;
        }
    }
}
