using System.Runtime.CompilerServices;
using Trading.Hosting.Settings;

namespace Trading.TestKit.Programs;

/// <summary>
/// The profile of programs that tests run: the original's technical rule, which decides at each price, unless a test names another. The
/// default decides once a day; that nothing named means it, ProfileSettingsTests says.
/// </summary>
internal static class TestProfile
{
    /// <summary>The variable that names it.</summary>
    public const string Variable = "Trading__Profile";

    /// <summary>Its name.</summary>
    public const string Name = TradingSettings.TechnicalProfile;

    /// <summary>For what runs in this process and what it starts.</summary>
    [ModuleInitializer]
    internal static void Take() => Environment.SetEnvironmentVariable(Variable, Name);

    /// <summary>For a program that gets no other settings of this process's environment.</summary>
    public static void Give(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith("Trading__", StringComparison.OrdinalIgnoreCase)).ToList())
            environment.Remove(name);
        environment[Variable] = Name;
    }
}
