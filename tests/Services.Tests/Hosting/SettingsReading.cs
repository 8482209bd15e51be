using Microsoft.Extensions.Configuration;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Settings read from the values that a test gives.</summary>
internal static class SettingsReading
{
    internal static TradingSettings Read(params (string Key, string Value)[] values)
    {
        var settings = SettingsReader.Read(Configuration(values), given => given, out var violations);
        Assert.Empty(violations);
        return settings;
    }

    internal static IReadOnlyList<string> Violations(params (string Key, string Value)[] values)
    {
        SettingsReader.Read(Configuration(values), given => given, out var violations);
        return violations;
    }

    internal static IConfigurationRoot Configuration(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(entry => KeyValuePair.Create($"Trading:{entry.Key}", (string?)entry.Value))).Build();
}
