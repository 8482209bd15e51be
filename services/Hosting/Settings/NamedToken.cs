
namespace Trading.Hosting.Settings;

/// <summary>What the holder of a token may do. Everybody reads.</summary>
public enum TokenRole
{
    /// <summary>Read alone.</summary>
    Viewer,

    /// <summary>Run checks of the journal and export it too.</summary>
    Auditor,

    /// <summary>Stop trading too: halt and reduce.</summary>
    Halter,

    /// <summary>Everything.</summary>
    Operator,
}

/// <summary>A token of the settings.</summary>
/// <param name="Name">Who holds it; recorded with each command.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="Secret">Name of the secret with its value.</param>
public sealed record NamedToken(string Name, TokenRole Role, string Secret)
{
    /// <summary>Name of the one token without a name, Trading:ControlTokenSecret.</summary>
    public const string Unnamed = "control-token";

    private const int LongestName = 32;

    /// <summary>Reads name=role:secret; null when it is not of that form.</summary>
    public static NamedToken? Parse(string text) =>
        text.Split('=', 2) is [var name, var rest] && rest.Split(':', 2) is [var role, var secret]
        && name.Length is > 0 and <= LongestName && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        && Enum.TryParse<TokenRole>(role, ignoreCase: true, out var known) && Enum.IsDefined(known)
        && !role.All(char.IsAsciiDigit) && SecretName.IsValid(secret)
            ? new(name, known, secret) : null;

    /// <summary>Whether its holder may run checks of the journal and export it.</summary>
    public bool MayAudit => Role is TokenRole.Auditor or TokenRole.Operator;
}
