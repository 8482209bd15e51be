namespace Trading.Hosting.Settings;

/// <summary>The errors in settings, one line each, in the form "Trading:Name must be ..., was ...".</summary>
public sealed class SettingViolations : List<string>
{
    /// <summary>Adds a line unless the condition holds.</summary>
    /// <param name="holds">Whether the setting is valid.</param>
    /// <param name="name">Name of the setting.</param>
    /// <param name="what">What it must be.</param>
    /// <param name="was">What it was; never a secret.</param>
    public void Must(bool holds, string name, string what, object? was)
    {
        if (!holds)
            Add(FormattableString.Invariant(
                $"Trading:{name} must be {what}, was {(was is bool flag ? flag ? "true" : "false" : was ?? "empty")}"));
    }
}

/// <summary>A setting that is a secret: it is never shown, logged or part of an error.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
