using System.Globalization;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;
using static Trading.Services.Tests.MarketData.FileDamage;

namespace Trading.Services.Tests.MarketData;

/// <summary>Files that were damaged: what is left of them is what they had, or is refused.</summary>
public sealed class DamagedFilesTests : MarketFilesTest
{
    [SharedDataFact]
    public void a_file_that_was_damaged_anyhow_gives_no_crash_and_no_price_that_was_not_in_it()
    {
        var formats = Directory.GetFiles(SharedData.Path("formats")).Order(StringComparer.Ordinal).ToList();
        foreach (var path in formats.Where(path => Path.GetExtension(path) is ".csv" or ".json"))
        {
            var text = File.ReadAllText(path);
            var prices = Numbers(text);
            for (var seed = 0; seed < 30; seed++)
            {
                var damaged = Damage(text, new Random(seed));
                var mutated = Save("mutated", damaged);
                prices.UnionWith(Numbers(damaged));
                try
                {
                    using var source = MarketFiles.Open([mutated]);
                    foreach (var candle in source.All())
                    {
                        Assert.True(candle.Low > 0 && candle.Low <= candle.Open && candle.Open <= candle.High);
                        Assert.True(candle.Low <= candle.Close && candle.Close <= candle.High);
                        Assert.True(prices.Contains(candle.Open) && prices.Contains(candle.Close),
                            $"{Path.GetFileName(path)}, seed {seed}: {candle}");
                    }
                }
                catch (CandleFileException refused)
                {
                    Assert.NotEqual("", refused.Message);
                }
            }
        }
    }

    /// <summary>How a file is damaged; what is left of it must be what it had, or be refused.</summary>
    public static TheoryData<string> Damages =>
        ["cut", "doubled", "shuffled", "columns", "units", "mark", "ends", "semicolons", "tabs", "short"];

    [SharedDataTheory]
    [MemberData(nameof(Damages))]
    public void what_is_read_of_a_damaged_file_is_what_it_had_at_that_time(string damage)
    {
        var read = 0;
        foreach (var path in Directory.GetFiles(SharedData.Path("formats"), "*.csv").Where(path => !path.Contains("trades",
            StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var whole = MarketFiles.Open([path]);
            var had = whole.All().ToDictionary(candle => candle.OpenTimeUnixSeconds);
            for (var seed = 0; seed < 6; seed++)
            {
                var mutated = Save("mutated", Damaged(File.ReadAllText(path), damage, new Random(seed)));
                try
                {
                    using var source = MarketFiles.Open([mutated]);
                    foreach (var candle in source.All())
                    {
                        read++;
                        Assert.True(had.TryGetValue(candle.OpenTimeUnixSeconds, out var own), $"{path}, {seed}: {candle}");
                        Assert.Equal((own.Open, own.High, own.Low, own.Close), (candle.Open, candle.High, candle.Low, candle.Close));
                    }
                }
                catch (CandleFileException refused)
                {
                    Assert.NotEqual("", refused.Message);
                }
            }
        }
        // Columns that changed places, and instants in two units, may be refused; all else is read.
        Assert.True(read > 1000 || damage is "columns" or "units", $"{read} candles");
    }

    private static HashSet<decimal> Numbers(string text) => [.. text.Split([',', ';', '\n', '\r', '[', ']', ' ', '\t'])
        .Select(field => decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : -1)];
}
