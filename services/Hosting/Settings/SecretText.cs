using System.Text.RegularExpressions;

namespace Trading.Hosting.Settings;

/// <summary>
/// Text and command lines without the secrets in them. Whatever repeats a command line or settings, on a screen, in a file or in a log,
/// goes through here.
/// </summary>
public static partial class SecretText
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mask = "***";

    // Settings whose value is a secret, and switches that carry such a value.
    private static readonly HashSet<string> Secret = new(
        typeof(TradingSettings).GetProperties().Where(property => property.IsDefined(typeof(SecretAttribute), inherit: true))
            .Select(property => property.Name).Append("--journal-connection"), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name is that of a secret: of a setting, alone or under Trading, or of a switch.</summary>
    public static bool Names(string name) => Secret.Contains(name[(name.LastIndexOfAny([':', '_']) + 1)..]);

    /// <summary>Arguments of a command line, each secret value replaced.</summary>
    public static IReadOnlyList<string> Masked(IReadOnlyList<string> arguments)
    {
        var masked = new List<string>(arguments.Count);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (i > 0 && Names(arguments[i - 1]))
                masked.Add(Mask);
            else if (argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && Names(argument[..at]))
                masked.Add(argument[..(at + 1)] + Mask);
            else
                masked.Add(Masked(argument));
        }
        return masked;
    }

    /// <summary>Text, each part of it that looks like a secret replaced: passwords, keys, tokens, and credentials in addresses.</summary>
    public static string Masked(string text) =>
        Credentials().Replace(Pairs().Replace(Settings(text), $"${{name}}{Mask}"), $"://{Mask}@");

    // A secret setting's value ends where the text does, or at a quote: connection strings hold spaces.
    private static string Settings(string text) => Secret.Aggregate(text, (rest, name) => Regex.Replace(
        rest, $@"(\b|(?<=_)){Regex.Escape(name)}\s*=\s*[^'""\n]+", $"{name}={Mask}", RegexOptions.IgnoreCase));

    [GeneratedRegex(
        "(?<name>(password|passwd|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|seal[-_]?key)\\s*[=:]\\s*)"
        + "('[^']*'|\"[^\"]*\"|[^;,\\s'\"&]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Pairs();

    [GeneratedRegex("://[^/@\\s]+@")]
    private static partial Regex Credentials();
}
