using System.Globalization;
using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Files as people have them, recognised by their content.</summary>
public sealed class MarketFilesTests : MarketFilesTest
{
    [SharedDataTheory]
    [InlineData("binance_vision_futures_klines_header.csv", 60, 4, "2024-01-01T00:00 42314.00 42335.80 42289.60 42331.90 289.641",
        "2024-01-01T00:03 42360.10 42405.80 42360.10 42405.80 392.238")]
    [InlineData("binance_vision_klines_1h_2024-11.zip", 3600, 720, "2024-11-01T00:00 70292.01 70470 70146.80 70173.73 840.45290",
        "2024-11-30T23:00")]
    [InlineData("binance_vision_klines_ms.csv", 3600, 120, "2024-11-01T00:00 70292.01 70470 70146.80 70173.73 840.4529",
        "2024-11-05T23:00 69594.01 69898.02 69294.99 69372.01 1037.67251")]
    [InlineData("binance_vision_klines_us.csv", 3600, 120, "2025-01-01T00:00 93576 94509.42 93489.03 94401.14 755.9901",
        "2025-01-05T23:00 98695.21 98836.85 98322.72 98363.61 469.68089")]
    [InlineData("cryptodatadownload_bitstamp_1h_newest_first.csv", 3600, 120, "2022-08-15T01:00 24425 24656 24351 24656 119.23693169",
        "2022-08-20T00:00 20840 20973 20811 20963 244.35412623")]
    [InlineData("date_index_unnamed_1month.csv", 28 * 86400, 59, "2012-01-31T00:00 4.58 7.38 3.8 5.55 2012.25343589",
        "2016-11-30T00:00 704.89 755.07 670.32 741.55 154162.8690078")]
    [InlineData("freqtrade_1m.json", 60, -1, "2017-11-04T23:02 0.00162008 0.00162008 0.00162008 0.00162008 108.14853839", "")]
    [InlineData("freqtrade_8m.json.gz", 60, -1, "2017-11-04T23:02 0.00162008 0.00162008 0.00162008 0.00162008 108.14853839", "")]
    [InlineData("kaggle_bitstamp_1min_nan.csv", 60, 2, "2011-12-31T07:52 4.39 4.39 4.39 4.39 0.45558087",
        "2011-12-31T07:55 4.39 4.39 4.39 4.39 0.45558087")]
    [InlineData("kraken_ohlcvt_60_with_gaps.csv", 3600, 300, "2020-09-18T12:00 10976.3 10997.2 10959.4 10987.4 103.79110592",
        "2020-09-30T23:00 10746.3 10779 10746.3 10774.9 75.81171593")]
    [InlineData("yahoo_1d.csv", 86400, 4, "2019-02-09T00:00 3671.585938 3679.941406 3646.559326 3671.203613 6158833645",
        "2019-02-12T00:00 3642.751953 3668.586914 3618.556885 3653.528564 6480384532")]
    [InlineData("binance_vision_trades.csv", 1, -1, "2024-08-08T23:54:15", "2024-08-08T23:54:34")]
    [InlineData("kraken_trades.csv", 1, 60, "2023-01-01T00:03:56 90.54 90.54 90.54 90.54 1.1044842",
        "2023-01-01T20:15 90.82 90.82 90.82 90.82 0.53216284")]
    public void a_file_of_the_collection_is_read_as_it_is(string name, int interval, int count, string first, string last)
    {
        using var source = MarketFiles.Open([SharedData.Path($"formats/{name}")]);
        var candles = source.All().ToList();

        Assert.Equal(interval, source.IntervalSeconds);
        Assert.True(count < 0 || candles.Count == count, $"{candles.Count} candles");
        Assert.StartsWith(Told(first), Told(candles[0]), StringComparison.Ordinal);
        Assert.StartsWith(Told(last), Told(candles[^1]), StringComparison.Ordinal);
        Assert.NotEmpty(source.Notes.Recognised);
    }

    [SharedDataFact]
    public void an_exchange_dump_says_the_same_as_the_house_s_own_file_of_that_month()
    {
        using var dump = MarketFiles.Open([SharedData.Path("formats/binance_vision_klines_1h_2024-11.zip")]);
        using var own = MarketFiles.Open([SharedData.Path("binance_btcusdt_1h_2017-08_2024-12.csv.gz")],
            from: new(2024, 11, 1, 0, 0, 0, TimeSpan.Zero), to: new(2024, 12, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(own.All().Select(candle => candle with { Volume = decimal.Round(candle.Volume, 5) }),
            dump.All().Select(candle => candle with { Volume = decimal.Round(candle.Volume, 5) }));
    }

    [SharedDataFact]
    public void what_is_dropped_and_missing_is_counted_by_reason()
    {
        using var nan = MarketFiles.Open([SharedData.Path("formats/kaggle_bitstamp_1min_nan.csv")]);
        Assert.Equal((2, 1, 2), (nan.Notes.Dropped["without a price"], (int)nan.Notes.Gaps, (int)nan.Notes.Missing));
        using var newest = MarketFiles.Open([SharedData.Path("formats/cryptodatadownload_bitstamp_1h_newest_first.csv")]);
        Assert.Contains("the newest row comes first; turned around", Assert.Single(newest.Notes.Done), StringComparison.Ordinal);
        Assert.Contains("BTC/USD", Assert.Single(newest.Notes.Recognised), StringComparison.Ordinal);
        using var gaps = MarketFiles.Open([SharedData.Path("formats/kraken_ohlcvt_60_with_gaps.csv")]);
        Assert.True(gaps.Notes.RowsUsed == 300 && gaps.Notes.RowsRead == 300);
    }

    [Theory]
    [InlineData("Date,Open,High,Low,Close,Volume\n2024-01-0{d},10,12,9,11,5", 1)]
    [InlineData("Volume;Close;Low;High;Open;Date\n5;11;9;12;10;2024-01-0{d}", 1)]
    [InlineData("date\topen\thigh\tlow\tclose\tvolume\n2024/01/0{d}\t10\t12\t9\t11\t5", 1)]
    [InlineData("Datum;Open;High;Low;Close;Volume\n0{d}.01.2024;10,0;12,0;9,0;11,0;5,0", 1)]
    [InlineData("<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n2024.01.0{d},00:00,10,12,9,11,5", 1)]
    [InlineData("2024010{d} 000000;10;12;9;11;5", 1)]
    [InlineData(
        "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n"
        + "\"Jan 0{d}, 2024\",\"11\",\"10\",\"12\",\"9\",\"0.005K\",\"1%\"", 1)]
    [InlineData("timestamp,low,high,open,close,volume\n2024-01-0{d}T00:00:00Z,9,12,10,11,5", 1)]
    [InlineData("time,open,high,low,close\n2024-01-0{d}T02:00:00+02:00,10,12,9,11", 0)]
    [InlineData("[[{ms},10,12,9,11,5],", 1)]
    [InlineData("{\"time\":{s},\"open\":10,\"high\":12,\"low\":9,\"close\":11,\"volume\":5}", 1)]
    [InlineData("{s},9,12,10,11,5", 1)]
    [InlineData("{ms}|10|12|9|11|5", 1)]
    [InlineData("{ns},10,12,9,11,5", 1)]
    public void a_table_is_read_whatever_its_order_delimiter_and_times_are(string form, int volume)
    {
        var parts = form.Split('\n');
        var rows = Enumerable.Range(1, 6).Select(day => parts[^1].Replace("{d}", $"{day}", StringComparison.Ordinal)
            .Replace("{s}", $"{Second(day)}", StringComparison.Ordinal).Replace("{ms}", $"{Second(day)}000", StringComparison.Ordinal)
            .Replace("{ns}", $"{Second(day)}000000000", StringComparison.Ordinal)).ToList();
        if (form.StartsWith("[[", StringComparison.Ordinal))
            rows = ["[" + string.Join("", rows.Select(row => row[1..])).TrimEnd(',') + "]"];
        if (form.Contains("Datum", StringComparison.Ordinal))
            parts[0] = parts[0].Replace("Datum", "Date", StringComparison.Ordinal);
        foreach (var end in new[] { "\n", "\r\n" })
        {
            var path = Save("a.txt", string.Join(end, [.. parts[..^1], .. rows]) + end, bom: end == "\r\n");
            using var source = MarketFiles.Open([path]);
            Assert.Equal(Enumerable.Range(1, 6).Select(day => new Candle(Second(day), 10, 12, 9, 11, volume == 0 ? 0 : 5)), source.All());
            Assert.Equal(86_400, source.IntervalSeconds);
        }
    }

    [Theory]
    [InlineData("0{d}/0{m}/2024,10,12,9,11,5", "--time-unit dmy or mdy")]
    [InlineData("{s},10,12", "neither open, high, low and close nor price and quantity")]
    [InlineData("apple,10,12,9,11", "no column holds instants")]
    [InlineData("{s},10,8,12,11,5", "")]
    public void a_file_that_is_not_clear_is_refused_with_its_first_rows_and_what_would_say_it(string form, string why)
    {
        var path = Save("a.csv", string.Join('\n', Enumerable.Range(1, 6).Select(day => form
            .Replace("{d}", $"{day}", StringComparison.Ordinal)
            .Replace("{m}", $"{7 - day}", StringComparison.Ordinal).Replace("{s}", $"{Second(day)}", StringComparison.Ordinal))));
        var error = Assert.Throws<CandleFileException>(() => MarketFiles.Open([path])).Message;
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Contains("--columns", error, StringComparison.Ordinal);
        Assert.Contains("\n  ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void what_the_user_says_counts()
    {
        var rows = string.Join('\n', Enumerable.Range(1, 9).Select(day => $"x,0{day}/02/2024,5,11,9,12,10"));
        var options = ReadOptions.Parse(null, "time=1,volume=2,close=3,low=4,high=5,open=6", "dmy", null, false);
        using var source = MarketFiles.Open([Save("a.csv", rows)], options);
        var first = new DateTimeOffset(2024, 2, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(new Candle(first, 10, 12, 9, 11, 5), source.All().First());
    }

    private static long Second(int day) => new DateTimeOffset(2024, 1, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    private static string Told(string said)
    {
        var fields = said.Split(' ');
        return string.Join(' ', fields.Select((field, i) => i == 0 ? field
            : decimal.Parse(field, CultureInfo.InvariantCulture).ToString("0.############", CultureInfo.InvariantCulture)));
    }

    private static string Told(in Candle candle)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(candle.OpenTimeUnixSeconds)
            .ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        at = at.EndsWith(":00", StringComparison.Ordinal) ? at[..^3] : at;
        return string.Join(' ', [at, .. new[] { candle.Open, candle.High, candle.Low, candle.Close, candle.Volume }
            .Select(value => value.ToString("0.############", CultureInfo.InvariantCulture))]);
    }
}
