namespace Trading.Hosting.Settings;

/// <summary>Names of enum values as settings and messages write them.</summary>
public static class DashedName
{
    /// <summary>A name in dashed form: InMemory is in-memory.</summary>
    public static string Of(string name) =>
        string.Concat(name.Select(
            (letter, at) => char.IsUpper(letter) && at > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    /// <summary>A value's name in dashed form.</summary>
    public static string Of(Enum value) => Of(value.ToString());
}
