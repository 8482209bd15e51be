namespace Trading.Hosting.Settings;

/// <summary>A word that stands for a value of a setting.</summary>
/// <param name="name">The word.</param>
/// <param name="value">The value.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WordAttribute(string name, int value) : Attribute
{
    /// <summary>The word.</summary>
    public string Name { get; } = name;

    /// <summary>The value.</summary>
    public decimal Value { get; } = value;
}
