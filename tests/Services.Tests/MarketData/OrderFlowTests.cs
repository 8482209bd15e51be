using System.Globalization;
using System.Text;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>What takers bought of a candle's volume, where files say it.</summary>
public sealed class OrderFlowTests : IDisposable
{
    private const string Klines = "{ms},10,12,9,11,5,{end},50,7,{taker},20,0";
    private const string Trades = "{id},{price},{quantity},{product},{ms},{maker},True";

    private readonly string _folder = Directory.CreateTempSubdirectory("order-flow-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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

    [Theory]
    [InlineData("-0.5", "whose volume bought by takers is below 0 or above its volume")]
    [InlineData("5.00000001", "whose volume bought by takers is below 0 or above its volume")]
    [InlineData("much", "with something that is no number")]
    public void a_candle_of_which_takers_bought_what_cannot_be_is_dropped_with_its_file_its_line_and_the_rule(string taker, string rule)
    {
        var path = Save("a.csv", string.Join('\n', Enumerable.Range(0, 9).Select(hour => Candle(Klines, hour, hour == 4 ? taker : "1"))));
        using var source = MarketFiles.Open([path]);

        Assert.Equal(8, source.All().Count());
        Assert.Equal(Enumerable.Repeat(1m, 8), source.Taker);
        Assert.StartsWith($"{path}, line 5: {rule}: {Candle(Klines, 4, taker)}", Assert.Single(source.Refused).ToString(),
            StringComparison.Ordinal);
        Assert.Equal(1, source.Notes.Dropped[rule]);
    }

    [Fact]
    public void a_trade_that_is_not_clear_about_its_maker_is_dropped_with_its_line()
    {
        var path = Save("a.csv", "id,price,qty,quote_qty,time,is_buyer_maker\n" + string.Join('\n', Enumerable.Range(0, 9)
            .Select(second => Trade("{id},{price},{quantity},{product},{ms},{maker}", second, maker: true)
                .Replace(second == 4 ? "True" : "none", "perhaps", StringComparison.Ordinal))));
        using var source = MarketFiles.Open([path]);
        Assert.Equal(8, source.All().Count());
        Assert.StartsWith($"{path}, line 6: whose mark of a buyer that was the maker is neither true nor false",
            Assert.Single(source.Refused).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void data_of_which_a_part_does_not_say_it_have_none_and_that_is_said()
    {
        string[] rows = [.. Enumerable.Range(0, 24).Select(hour => Candle(Klines, hour, "1"))];
        var first = Save("a.csv", string.Join('\n', rows[..12]));
        var bare = Save("b.csv", string.Join('\n', rows[12..].Select(row => string.Join(',', row.Split(',')[..6]))));
        using (var both = MarketFiles.Open([first, bare]))
        {
            Assert.Equal(24, both.All().Count());
            Assert.Null(both.Taker);
            Assert.Equal($"{bare} does not say what takers bought: order flow is left out of all of the data", both.Notes.FlowLeftOut);
            Assert.Contains(both.Notes.FlowLeftOut, both.Notes.Lines());
        }
        rows[7] = Candle(Klines, 7, "");
        var gap = Save("c.csv", string.Join('\n', rows));
        using (var source = MarketFiles.Open([gap]))
        {
            Assert.Equal(24, source.All().Count());
            Assert.Null(source.Taker);
            Assert.StartsWith($"{gap}, line 8, does not say", source.Notes.FlowLeftOut, StringComparison.Ordinal);
        }
        using var none = MarketFiles.Open([bare]);
        Assert.Equal((null, null), (none.Taker, none.Notes.FlowLeftOut));
    }

    [Fact]
    public void two_rows_that_differ_in_what_takers_bought_alone_are_a_question_too()
    {
        string[] rows = [.. Enumerable.Range(0, 24).Select(hour => Candle(Klines, hour, "1")), Candle(Klines, 23, "2")];
        var path = Save("a.csv", string.Join('\n', rows));
        Assert.Contains("volume 5, of which takers bought 1 and open 10",
            Assert.Throws<CandleFileException>(() => MarketFiles.Open([path])).Message, StringComparison.Ordinal);
        using var last = MarketFiles.Open([path], new(Duplicates: "last"));
        Assert.Equal([.. Enumerable.Repeat(1m, 23), 2m], last.Taker);
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

    private static string Candle(string row, int hour, string taker) => row
        .Replace("{ms}", $"{Hour(hour).ToUnixTimeMilliseconds()}", StringComparison.Ordinal)
        .Replace("{end}", $"{Hour(hour + 1).ToUnixTimeMilliseconds() - 1}", StringComparison.Ordinal)
        .Replace("{date}", Hour(hour).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{taker}", taker, StringComparison.Ordinal);

    private static string Trade(string row, int second, bool maker) => row
        .Replace("{price}", PriceOf(second).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{id}", $"{3_735_683_259 + second}", StringComparison.Ordinal)
        .Replace("{ms}", $"{Hour(0).AddSeconds(second).ToUnixTimeMilliseconds() + second}", StringComparison.Ordinal)
        .Replace("{quantity}", QuantityOf(second).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{product}", (PriceOf(second) * QuantityOf(second)).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{maker}", maker ? "True" : "False", StringComparison.Ordinal)
        .Replace("{01}", maker ? "1" : "0", StringComparison.Ordinal);

    private static decimal PriceOf(int second) => 60_000.25m + second % 4;

    private static decimal QuantityOf(int second) => 0.01m + second * second % 7 * 0.013m;

    private static DateTimeOffset Hour(int hour) => new DateTimeOffset(2024, 11, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hour);

    private string Save(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text, new UTF8Encoding(false));
        return path;
    }
}
