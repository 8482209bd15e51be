namespace Trading.Hosting.Settings;

/// <summary>Names of secrets.</summary>
public static class SecretName
{
    /// <summary>
    /// Whether a text can be the name of a secret: letters, digits and / _ + = . @ - as AWS has it, : for ARNs, and a field after one #.
    /// </summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 512 && name.Split('#') is [{ Length: > 0 }] or [{ Length: > 0 }, { Length: > 0 }]
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "/_+=.@-:#".Contains(letter, StringComparison.Ordinal));
}
