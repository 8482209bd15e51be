using Trading.Core;
using Trading.Hosting;
using Xunit;

namespace Trading.Tests.Backtests;

public sealed class CandleSourceTests : IDisposable
{
    private const long Start = 1_704_067_200;

    private readonly string _folder = Directory.CreateTempSubdirectory("candles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void trades_become_candles_by_the_exchanges_time_and_bad_rows_are_named()
    {
        var path = Save("trades.csv", $"{TradeFile.Header}\n1,{Start}100,1,100.5,0.1,true\n1,{Start}900,2,101,0.2,false\n1,{Start}200,3,99,1,false\n1,{Start + 1}000,4,99.5,x,true\n1,{Start + 3}500,5,98,0.4,true\n");
        using var trades = new TradeFile([path], 1);

        Assert.Equal([new Candle(Start, 100.5m, 101, 100.5m, 101, 0.3m), new(Start + 3, 98, 98, 98, 98, 0.4m)], All(trades));
        Assert.Equal((2L, 1.0), (trades.RefusedCount, trades.FractionRead));
        Assert.Contains("line 4: the time must not be before", trades.Refused[0].ToString(), StringComparison.Ordinal);
        Assert.True(TradeFile.Holds(path));
    }

    [Fact]
    public void minutes_become_hours_and_no_interval_that_does_not_fit()
    {
        var rows = string.Concat(Enumerable.Range(0, 150).Select(minute => $"{Start + 60 * minute},{100 + minute},{101 + minute},{99 + minute},{100.5m + minute},1\n"));
        var path = Save("minutes.csv", $"{CandleCsv.Header}\n{rows}");
        using var hours = new ResampledCandles(new CandleFile([path]), 3600);

        Assert.Equal(
            [new Candle(Start, 100, 160, 99, 159.5m, 60), new(Start + 3600, 160, 220, 159, 219.5m, 60), new(Start + 7200, 220, 250, 219, 249.5m, 30)], All(hours));
        using var minutes = new CandleFile([path]);
        Assert.StartsWith("candles of 60 s cannot be made into candles of 90 s", Assert.Throws<CandleFileException>(() => new ResampledCandles(minutes, 90)).Message, StringComparison.Ordinal);
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
