using Microsoft.Extensions.Configuration;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Settings that a program hands to another one, as the dashboard does for a backtest: that one has the same.</summary>
public sealed class HandedSettingsTests
{
    [Theory]
    [InlineData("local")]
    [InlineData("technical")]
    [InlineData("dev")]
    public void whatever_the_profile_the_other_program_has_the_same_settings(string profile)
    {
        var settings = TradingSettings.ForProfile(profile)! with { LeastConfidence = 0.77, Symbols = ["ETH-USD"] };
        var handed = new ConfigurationBuilder().AddInMemoryCollection(SettingsReader.Differing(settings)
            .Select(setting => KeyValuePair.Create($"{SettingsReader.Section}:{setting.Key}", (string?)setting.Value))).Build();

        var read = SettingsReader.Read(handed, given => given, out _);

        Assert.Equal(SettingsReader.Lines(settings), SettingsReader.Lines(read));
    }
}
