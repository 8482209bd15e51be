using FsCheck;
using FsCheck.Fluent;
using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>Ids that follow from what they name.</summary>
public class IdPropertyTests
{
    private static readonly string[] Symbols = ["BTC-USD", "BTC-USDT", "ETH-USD", "B"];

    [Fact]
    public void ids_are_stable_and_distinct()
    {
        var ids = new HashSet<Guid>();
        var names = new HashSet<(string, int, long)>();
        var cases = Gen.Choose(0, 3).Zip(Gen.Choose(1, 3600)).Zip(Gen.Choose(0, int.MaxValue)).ToArbitrary();
        Prop.ForAll(cases, any =>
        {
            var ((symbol, interval), start) = any;
            var (name, at) = (Symbols[symbol], DateTimeOffset.FromUnixTimeSeconds(start));
            var price = DerivedId.Price(name, interval, at);
            var trade = DerivedId.Trade(DerivedId.Prediction(price));
            Assert.Equal(trade, DerivedId.Trade(DerivedId.Prediction(DerivedId.Price(name, interval, at))));
            if (names.Add((name, interval, start)))
                Assert.All([price, DerivedId.Prediction(price), trade, DerivedId.Message(trade, "a"), DerivedId.Message(trade, "b")],
                    id => Assert.True(ids.Add(id)));
        }).Check(Fixed(seed: 10).WithMaxTest(2000));
    }
}
