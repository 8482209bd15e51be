using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>A user's strategy in a library of its own.</summary>
public sealed class StrategyFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strategies-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void a_library_in_the_folder_is_a_strategy_by_its_name_with_its_parameters_and_its_hash_is_known()
    {
        var library = Path.Combine(_folder, "mine.dll");
        File.Copy(typeof(StrategyFolderTests).Assembly.Location, library);

        var settings = Read(
            ("StrategyFolder", _folder), ("Strategy", EveryOther.StrategyName), ("StrategyParameters", "bars=3"), out var wrong);

        Assert.Empty(wrong);
        var strategy = settings.NewStrategy()!;
        Assert.Equal((EveryOther.StrategyName, 3), (strategy.Name, strategy.Bars));
        var loaded = Assert.Single(StrategyFolder.Loaded, one => one.File == library);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(library))), loaded.Sha256);
        Assert.Contains(EveryOther.StrategyName, loaded.Names);
    }

    [Fact]
    public void a_folder_that_is_not_there_and_a_file_that_is_no_library_are_one_line_each()
    {
        Read(("StrategyFolder", Path.Combine(_folder, "none")), ("Strategy", "ensemble"), ("Account", "main"), out var missing);
        Assert.Contains("there is no folder", Assert.Single(missing), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "broken.dll"), "no library");
        Read(("StrategyFolder", _folder), ("Strategy", "ensemble"), ("Account", "main"), out var broken);
        Assert.Contains("broken.dll cannot be used for strategies", Assert.Single(broken), StringComparison.Ordinal);
    }

    private static TradingSettings Read(
        (string, string) one, (string, string) two, (string, string) three, out IReadOnlyList<string> wrong) =>
        SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(new[] { one, two, three }
            .Select(pair => KeyValuePair.Create($"Trading:{pair.Item1}", (string?)pair.Item2))).Build(), given => given, out wrong);
}

/// <summary>Buys and sells by turns.</summary>
/// <param name="bars">Bars between two signals.</param>
public sealed class EveryOther(int bars) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "every-other";

    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(StrategyName, "buys and sells by turns",
        [StrategyParameter.Bars("bars", 10, "bars between two signals")], given => new EveryOther(given.Whole("bars")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars => bars;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => ++_seen % bars != 0 ? default : new(_seen / bars % 2 == 1 ? TradeAction.Buy : TradeAction.Sell);
}
