using System.Globalization;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>What takers bought of a candle's volume, where files say it.</summary>
public sealed class OrderFlowTests : OrderFlowTest
{
    private const string Trades = "{id},{price},{quantity},{product},{ms},{maker},True";

    [Theory]
    [InlineData("", Klines)]
    [InlineData("", "{ms}000,10,12,9,11,5,{end}999,50,7,{taker},20,0")]
    [InlineData("", "[{ms},\"10\",\"12\",\"9\",\"11\",\"5\",{end},\"50\",7,\"{taker}\",\"20\",\"0\"]")]
    [InlineData("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n",
        Klines)]
    [InlineData("Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,Taker buy base asset volume,"
        + "Taker buy quote asset volume,Ignore\n", Klines)]
    [InlineData("date;taker_base_vol;volume;close;low;high;open\n", "{date};{taker};5;11;9;12;10")]
    [InlineData("", "{\"t\":{ms},\"o\":10,\"h\":12,\"l\":9,\"c\":11,\"v\":5,\"taker_buy_base_asset_volume\":{taker}}")]
    public void candles_that_say_what_takers_bought_keep_it_in_any_order_and_length(string header, string row)
    {
        string[] rows = [.. Enumerable.Range(0, 12).Select(hour => Candle(row, hour, $"{hour % 5}.5"))];
        var json = row.StartsWith('[');
        string Text(IEnumerable<string> of) => json ? $"[{string.Join(',', of)}]" : header + string.Join('\n', of) + "\n";
        decimal[] expected = [.. Enumerable.Range(0, 12).Select(hour => hour % 5 + 0.5m)];

        foreach (var order in (string[][])[rows, [.. rows.Reverse()], [.. rows.Skip(5), .. rows.Take(5)], [.. rows, .. rows]])
        {
            using var source = MarketFiles.Open([Save("a", Text(order))]);
            Assert.Equal(12, source.All().Count());
            Assert.Equal(expected, source.Taker);
        }
        using var part = MarketFiles.Open([Save("a", Text(rows))], from: Hour(2), to: Hour(9));
        Assert.Equal(7, part.All().Count());
        Assert.Equal(expected[2..9], part.Taker);
        using ICandleSource longer = new ResampledCandles(MarketFiles.Open([Save("a", Text(rows))]), 4 * 3600);
        Assert.Equal(3, longer.All().Count());
        Assert.Equal([0.5m + 1.5m + 2.5m + 3.5m, 4.5m + 0.5m + 1.5m + 2.5m, 3.5m + 4.5m + 0.5m + 1.5m], longer.Taker);
    }

    [Theory]
    [InlineData("", Trades)]
    [InlineData("", "{id},{price},{quantity},{id},{id},{ms},{maker},True")]
    [InlineData("id,price,qty,quote_qty,time,is_buyer_maker\n", "{id},{price},{quantity},{product},{ms},{maker}")]
    [InlineData(TradeFile.Header + "\n", "{ms}000000,{ms},{id},{price},{quantity},{01}")]
    public void of_trades_takers_bought_those_whose_buyer_was_not_the_maker(string header, string row)
    {
        string[] rows = [.. Enumerable.Range(0, 30).Select(second => Trade(row, second, maker: second % 3 == 0))];
        using var source = MarketFiles.Open([Save("a.csv", header + string.Join('\n', rows))], intervalOfTrades: 10, whole: true);

        var candles = source.All().ToList();
        Assert.Equal([Quantity(0, 10, _ => true), Quantity(10, 20, _ => true), Quantity(20, 30, _ => true)],
            candles.Select(candle => candle.Volume));
        Assert.Equal([Quantity(0, 10, Bought), Quantity(10, 20, Bought), Quantity(20, 30, Bought)], source.Taker);

        static bool Bought(int second) => second % 3 != 0;
        static decimal Quantity(int from, int to, Func<int, bool> counts) =>
            Enumerable.Range(from, to - from).Where(counts).Sum(second => QuantityOf(second));
    }

    [Fact]
    public void the_user_may_say_which_column_it_is()
    {
        var rows = string.Join('\n', Enumerable.Range(0, 9).Select(hour => Candle("{ms},{taker},5,10,12,9,11", hour, "1.5")));
        using var source = MarketFiles.Open([Save("a.csv", rows)],
            ReadOptions.Parse(null, "time=0,taker=1,volume=2,open=3,high=4,low=5,close=6", null, null, false));
        Assert.Equal(Enumerable.Repeat(1.5m, 9), source.Taker);
        Assert.Contains("taker=1", Assert.Single(source.Notes.Recognised), StringComparison.Ordinal);

        var without = ReadOptions.Parse(null, "time=0,taker=1,open=3,high=4,low=5,close=6", null, null, false);
        Assert.Contains("taker=1 says what takers bought of the volume, and no column is that",
            Assert.Throws<CandleFileException>(() => MarketFiles.Open([Save("a.csv", rows)], without)).Message, StringComparison.Ordinal);
    }

    [SharedDataTheory]
    [InlineData("formats/binance_vision_klines_1h_2024-11.zip", "448.8305 892.49966 1208.73572")]
    [InlineData("formats/binance_vision_klines_ms.csv", "448.8305 892.49966 1208.73572")]
    [InlineData("formats/binance_vision_klines_us.csv", "421.08319 257.42023 185.35204")]
    [InlineData("formats/binance_vision_futures_klines_header.csv", "175.211 154.353")]
    [InlineData("formats/binance_vision_trades.csv", "0.0081")]
    [InlineData("binance_btcusdt_trades_20240808.csv.gz", "0.0081")]
    [InlineData("formats/kraken_trades.csv", null)]
    [InlineData("formats/kraken_ohlcvt_60_with_gaps.csv", null)]
    [InlineData("formats/cryptodatadownload_bitstamp_1h_newest_first.csv", null)]
    [InlineData("formats/freqtrade_1m.json", null)]
    [InlineData("formats/yahoo_1d.csv", null)]
    public void files_of_the_collection_say_it_or_do_not(string name, string? first)
    {
        using var source = MarketFiles.Open([SharedData.Path(name)], whole: true);
        var candles = source.All().ToList();
        Assert.Equal(first?.Split(' ').Select(number => decimal.Parse(number, CultureInfo.InvariantCulture)),
            source.Taker?.Take(first?.Split(' ').Length ?? 0));
        if (source.Taker is not { } taker)
            return;
        Assert.Equal(candles.Count, taker.Count);
        Assert.All(candles.Zip(taker), one => Assert.InRange(one.Second, 0, one.First.Volume));
        var share = taker.Sum() / candles.Sum(candle => candle.Volume);
        Assert.InRange(share, 0.2m, 0.8m);
    }
}
