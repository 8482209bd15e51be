using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

public sealed class CandleSourceTests : IDisposable
{
    private const long Start = 1_704_067_200;

    private readonly string _folder = Directory.CreateTempSubdirectory("candles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void trades_become_candles_by_the_exchanges_time_and_bad_rows_are_named()
    {
        var path = Save("trades.csv", $"{TradeFile.Header}\n1,{Start}100,1,100.5,0.1,true\n1,{Start}900,2,101,0.2,false\n"
            + $"1,{Start + 1}000,4,99.5,x,true\n1,{Start + 3}500,5,98,0.4,true\n");
        using var trades = new TradeFile([path], 1);

        Assert.Equal([new Candle(Start, 100.5m, 101, 100.5m, 101, 0.3m), new(Start + 3, 98, 98, 98, 98, 0.4m)], All(trades));
        Assert.Equal((1L, 1.0), (trades.RefusedCount, trades.FractionRead));
        Assert.Contains("line 4: a trade must be", trades.Refused[0].ToString(), StringComparison.Ordinal);
        Assert.True(TradeFile.Holds(path));
    }

    [Fact]
    public void trades_out_of_order_are_seen_and_reading_all_first_loses_none()
    {
        var one = Save("one.csv", $"{TradeFile.Header}\n1,{Start + 4}000,3,103,1,true\n1,{Start + 2}000,2,102,1,true\n");
        var two = Save("two.csv", $"{TradeFile.Header}\n1,{Start}000,1,101,1,true\n1,{Start + 1}000,1,101,1,true\n");
        using (var streamed = MarketFiles.Open([one, two]))
            Assert.Throws<CandleOrderException>(() => streamed.All().Count());
        using var whole = MarketFiles.Open([one, two], whole: true);
        Assert.Equal([101, 101, 102, 103], whole.All().Select(candle => candle.Close));
    }

    [Fact]
    public void trades_from_before_the_period_are_left_out_unless_they_are_to_be_looked_at_first()
    {
        var path = Save("trades.csv", $"{TradeFile.Header}\n"
            + string.Concat(Enumerable.Range(0, 10).Select(second => $"1,{Start + second}000,{second},10{second},1,true\n")));
        List<long> Seconds(bool earlier)
        {
            using var trades = MarketFiles.Open(
                [path], from: DateTimeOffset.FromUnixTimeSeconds(Start + 6), to: DateTimeOffset.FromUnixTimeSeconds(Start + 9),
                earlier: earlier);
            return [.. trades.All().Select(candle => candle.OpenTimeUnixSeconds - Start)];
        }
        Assert.Equal([6, 7, 8], Seconds(earlier: false));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8], Seconds(earlier: true));
    }

    [Theory]
    [InlineData("garbage", "1 ")]
    [InlineData("1,1704067201000,2,101,0.2,false", "")]
    public void strict_refuses_trades_that_are_not_clean(string row, string said)
    {
        var rows = $"{TradeFile.Header}\n1,{Start}100,1,100,1,true\n1,{Start + 2}100,1,100,1,true\n{row}\n";
        var path = Save("trades.csv", rows);
        using (var trades = MarketFiles.Open([path], whole: true))
            Assert.NotEmpty(trades.All());
        var error = Assert.Throws<CandleFileException>(() => MarketFiles.Open([path], new(Strict: true))).Message;
        Assert.StartsWith("--strict: ", error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public void minutes_become_hours_and_no_interval_that_does_not_fit()
    {
        var rows = string.Concat(Enumerable.Range(0, 150)
            .Select(minute => $"{Start + 60 * minute},{100 + minute},{101 + minute},{99 + minute},{100.5m + minute},1\n"));
        var path = Save("minutes.csv", $"{CandleCsv.Header}\n{rows}");
        using var hours = new ResampledCandles(new CandleFile([path]), 3600);

        Assert.Equal(
            [new Candle(Start, 100, 160, 99, 159.5m, 60), new(Start + 3600, 160, 220, 159, 219.5m, 60),
                new(Start + 7200, 220, 250, 219, 249.5m, 30)], All(hours));
        using var minutes = new CandleFile([path]);
        Assert.StartsWith("candles of 60 s cannot be made into candles of 90 s",
            Assert.Throws<CandleFileException>(() => new ResampledCandles(minutes, 90)).Message, StringComparison.Ordinal);
    }

    [SharedDataFact]
    public void the_recorded_trades_of_binance_are_read_whole()
    {
        using var trades = new TradeFile([SharedData.Path("binance_btcusdt_trades_20240808.csv.gz")], 60);

        var minutes = All(trades);
        Assert.Equal((7, 0L), (minutes.Count, trades.RefusedCount));
        Assert.All(minutes, minute => Assert.True(minute.Low <= minute.Close && minute.Close <= minute.High && minute.Volume > 0));
    }

    private static List<Candle> All(ICandleSource source)
    {
        var (all, block) = (new List<Candle>(), new Candle[3]);
        while (source.Read(block) is > 0 and var count)
            all.AddRange(block.AsSpan(0, count));
        return all;
    }

    private string Save(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
