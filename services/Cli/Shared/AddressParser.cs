using System.CommandLine.Parsing;

namespace Trading.Cli.Shared;

/// <summary>Reads a web address that a switch takes; the parser of the command line knows none.</summary>
internal static class AddressParser
{
    /// <summary>The address; null, with an error, where it is none.</summary>
    public static Uri? Parse(ArgumentResult given)
    {
        if (Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        given.AddError($"--url takes an address like http://127.0.0.1:8080, was {given.Tokens[0].Value}");
        return null;
    }
}
