using System.Globalization;
using System.IO.Compression;
using System.Text;
using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

public sealed class CandleFileTests : IDisposable
{
    private const long Start = 1704067200;

    private readonly string _folder = Directory.CreateTempSubdirectory("candles-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void reads_plain_and_compressed_files_alike(bool compressed)
    {
        using var file = new CandleFile([Save("a.csv", Minutes(0, 3000), compressed)]);

        Assert.Equal(Enumerable.Range(0, 3000).Select(Minute), file.Candles());
        Assert.Equal(60, file.IntervalSeconds);
        Assert.Equal(1, file.FractionRead);
        Assert.Equal(0, file.RefusedCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public void gives_the_same_candles_in_blocks_of_any_size(int size)
    {
        using var file = new CandleFile([Save("a.csv", Minutes(0, 3000))]);
        var read = new List<Candle>();
        var block = new Candle[size];
        while (file.Read(block) is > 0 and var count)
            read.AddRange(block.AsSpan(0, count));

        Assert.Equal(Enumerable.Range(0, 3000).Select(Minute), read);
    }

    [Fact]
    public void reads_from_the_start_instant_up_to_but_not_including_the_end_instant()
    {
        using var file = new CandleFile([Save("a.csv", Minutes(0, 3000))], At(100), At(200));

        Assert.Equal(Enumerable.Range(100, 100).Select(Minute), file.Candles());
        Assert.Equal(1, file.FractionRead);
    }

    [Fact]
    public void reads_several_files_in_the_given_order()
    {
        using var file = new CandleFile(
            [Save("a.csv", Minutes(0, 10)), Save("b.csv.gz", Minutes(10, 10), compressed: true), Save("c.csv", Minutes(20, 10))]);

        Assert.Equal(Enumerable.Range(0, 30).Select(Minute), file.Candles());
    }

    [Fact]
    public void a_second_file_that_repeats_rows_is_seen_and_only_reading_all_first_puts_it_right()
    {
        string[] paths = [Save("a.csv", Minutes(0, 10)), Save("b.csv", Minutes(8, 10))];
        using var file = new CandleFile(paths);
        Assert.EndsWith("b.csv, line 2: 2024-01-01T00:08:00Z comes after 2024-01-01T00:09:00Z",
            Assert.Throws<CandleOrderException>(() => file.Candles().Count()).Message, StringComparison.Ordinal);

        using var whole = MarketFiles.Open(paths, whole: true);
        Assert.Equal(Enumerable.Range(0, 18).Select(Minute), whole.All());
        Assert.Equal(2, whole.Notes.Dropped["doubled"]);
    }

    [Fact]
    public void the_row_before_once_more_is_left_out_and_counted()
    {
        using var file = new CandleFile([Save("a.csv", [Row(0), Row(1), Row(1), Row(2)])]);
        Assert.Equal([Minute(0), Minute(1), Minute(2)], file.Candles());
        Assert.Equal((1, 4, 3), (file.Notes.Dropped["doubled"], file.Notes.RowsRead, file.Notes.RowsUsed));
    }

    [Fact]
    public void refuses_bad_rows_by_line_and_goes_on()
    {
        var path = Save("a.csv", [Row(0), "what is this", "", Row(1), $"{Start + 120},5,4,3,4,1", Row(3)]);
        using var file = new CandleFile([path]);

        Assert.Equal([Minute(0), Minute(1), Minute(3)], file.Candles());
        Assert.Equal(
            [$"{path}, line 3: 6 fields expected, was 1: what is this", $"{path}, line 6: open must lie from low 3 to high 4, was 5"],
            file.Refused.Select(row => row.ToString()));
    }

    [Fact]
    public void keeps_the_first_hundred_refused_rows_and_counts_all()
    {
        using var file = new CandleFile([Save("a.csv", [Row(0), .. Enumerable.Repeat("x", 250), Row(1)])]);

        Assert.Equal([Minute(0), Minute(1)], file.Candles());
        Assert.Equal(250, file.RefusedCount);
        Assert.Equal(Enumerable.Range(3, 100).Select(line => (long)line), file.Refused.Select(row => row.Line));
    }

    [Theory]
    [InlineData("\n", false)]
    [InlineData("\r\n", false)]
    [InlineData("\n", true)]
    public void reads_any_usual_text_file(string lineEnd, bool byteOrderMark)
    {
        var text = string.Join(lineEnd, [CandleCsv.Header, Row(0), Row(1), Row(2)]);
        var path = Path.Combine(_folder, "a.csv");
        File.WriteAllText(path, text, new UTF8Encoding(byteOrderMark));
        using var file = new CandleFile([path]);

        Assert.Equal([Minute(0), Minute(1), Minute(2)], file.Candles());
        Assert.Equal(0, file.RefusedCount);
    }

    [Fact]
    public void takes_the_most_frequent_difference_for_the_interval()
    {
        using var file = new CandleFile([Save("a.csv", [Row(0), Row(5), Row(10), Row(11), Row(12), Row(13), Row(18)])]);

        Assert.Equal(60, file.IntervalSeconds);
    }

    [Fact]
    public void the_share_that_is_read_rises_from_0_to_1()
    {
        using var file = new CandleFile([Save("a.csv", Minutes(0, 40_000))], At(20_000), At(30_000));
        var shares = new List<double> { file.FractionRead };
        var block = new Candle[1000];
        while (file.Read(block) > 0)
            shares.Add(file.FractionRead);
        shares.Add(file.FractionRead);

        Assert.Equal(0, shares[0]);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(shares.Order(), shares);
        Assert.Contains(shares, share => share is > 0.4 and < 0.6);
    }

    [Fact]
    public void a_missing_file_is_an_error() =>
        Assert.StartsWith($"{Path.Combine(_folder, "no.csv")} cannot be opened: ",
            Error(Path.Combine(_folder, "no.csv")), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "must start with the line \"open_time_unix_s,open,high,low,close,volume\", was empty")]
    [InlineData("timestamp,open\n1,2\n",
        "must start with the line \"open_time_unix_s,open,high,low,close,volume\", was \"timestamp,open\"")]
    [InlineData("PK\u0003\u0004zip\n", "must start with the line \"open_time_unix_s,open,high,low,close,volume\", was \"PK??zip\"")]
    [InlineData("open_time_unix_s,open,high,low,close,volume\n", "must have at least two usable rows, has 0")]
    [InlineData("open_time_unix_s,open,high,low,close,volume\n1,2\n3\n",
        "must have at least two usable rows, has 0; line 2: 6 fields expected, was 2: 1,2")]
    [InlineData("open_time_unix_s,open,high,low,close,volume\n1704067200,1,1,1,1,1\n", "must have at least two usable rows, has 1")]
    public void a_file_that_holds_no_candles_is_an_error(string text, string error)
    {
        var path = SaveBytes("a.csv", Encoding.UTF8.GetBytes(text));

        Assert.Equal($"{path} {error}", Error(path));
    }

    [Fact]
    public void a_file_without_lines_is_an_error()
    {
        var path = SaveBytes("a.csv", new byte[1_000_000]);

        Assert.Equal($"{path}, line 1: a line may have 65536 bytes, was longer; this is no candle file", Error(path));
    }

    [Fact]
    public void files_of_different_intervals_are_an_error()
    {
        var minutes = Save("a.csv", Minutes(0, 10));
        var hours = Save("b.csv", [Row(60), Row(120), Row(180)]);

        Assert.Equal($"{hours} must have candles of 60 s as {minutes} has, was 3600 s", Error(minutes, hours));
    }

    [Fact]
    public void an_end_that_is_not_after_the_start_is_an_error() =>
        Assert.Equal(
            "the end of the candles must be after their start 2024-01-01T00:02:00Z, was 2024-01-01T00:01:00Z",
            Assert.Throws<CandleFileException>(() => new CandleFile([Save("a.csv", Minutes(0, 10))], At(2), At(1))).Message);

    [Fact]
    public void a_period_without_candles_is_an_error()
    {
        var path = Save("a.csv", Minutes(0, 10));
        using var file = new CandleFile([path], At(100), At(200));

        Assert.Equal(
            $"no candle from 2024-01-01T01:40:00Z to 2024-01-01T03:20:00Z in {path}; what was read goes from "
            + "2024-01-01T00:00:00Z to 2024-01-01T00:09:00Z",
            Assert.Throws<CandleFileException>(() => file.Read(new Candle[10])).Message);
    }

    [Fact]
    public void a_compressed_file_that_is_cut_off_anywhere_is_an_error_naming_the_file()
    {
        var whole = Compress(string.Join('\n', [CandleCsv.Header, .. Minutes(0, 40)]));
        for (var length = 0; length < whole.Length; length++)
        {
            var path = SaveBytes("cut.csv.gz", whole[..length]);
            var error = Assert.Throws<CandleFileException>(() => ReadAll(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void a_large_compressed_file_that_is_cut_off_gives_its_rows_and_then_the_error()
    {
        var whole = Compress(string.Join('\n', [CandleCsv.Header, .. Minutes(0, 100_000)]));
        using var file = new CandleFile([SaveBytes("cut.csv.gz", whole[..(whole.Length / 2)])]);
        var rows = 0;
        var error = Assert.Throws<CandleFileException>(() => rows += file.Candles().Select(_ => rows++).Count());

        Assert.InRange(rows, 10_000, 90_000);
        Assert.Contains("cut.csv.gz is cut off, damaged or made of several gzip parts: its end announces ",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void a_file_of_several_compressed_parts_is_an_error()
    {
        var first = Compress(string.Join('\n', [CandleCsv.Header, Row(0), Row(1), ""]));
        var second = Compress(string.Join('\n', [Row(2), Row(3)]));

        Assert.Contains("made of several gzip parts", Error(SaveBytes("a.csv.gz", [.. first, .. second])), StringComparison.Ordinal);
    }

    [Fact]
    public void a_compressed_file_with_a_changed_byte_is_an_error()
    {
        var changed = Compress(string.Join('\n', [CandleCsv.Header, .. Minutes(0, 40)]));
        changed[^6] ^= 1;

        Assert.Throws<CandleFileException>(() => ReadAll(SaveBytes("changed.csv.gz", changed)));
    }

    [Fact]
    public void reading_good_rows_allocates_nothing_per_row()
    {
        const int rows = 60_000;
        using var file = new CandleFile([Save("a.csv.gz", Minutes(0, rows), compressed: true)]);
        var block = new Candle[512];
        file.Read(block);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (file.Read(block) > 0)
        {
        }

        // The runtime itself allocates a little when it compiles a method better meanwhile: less than a byte a row.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, rows - 1);
    }

    [SharedDataTheory]
    [InlineData("binance_btcusdt_1d_2017-08_2024-12.csv.gz", 2_694, 86_400, 0)]
    [InlineData("binance_btcusdt_1h_2017-08_2024-12.csv.gz", 64_525, 3_600, 0)]
    [InlineData("binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz", 85_918, 60, 0)]
    [InlineData("binance_btcusdt_1m_2023.csv.gz", 525_520, 60, 0)]
    [InlineData("binance_btcusdt_1m_2024.csv.gz", 527_040, 60, 0)]
    [InlineData("cryptocompare_btcusd_1h_2019-11_2025-05.csv.gz", 48_023, 3_600, 1)]
    [InlineData("lean_bitfinex_btcusd_1h.csv.gz", 733, 3_600, 0)]
    [InlineData("lean_coinbase_btcusd_1d.csv.gz", 1_318, 86_400, 0)]
    [InlineData("lean_coinbase_btcusd_1m_9days.csv.gz", 12_423, 60, 0)]
    [InlineData("nautilus_btcperp_1m_2021-12-31_2022-02-01.csv.gz", 45_031, 60, 0)]
    public void reads_every_row_of_the_recorded_market_data(string name, int rows, int intervalSeconds, int refused)
    {
        using var file = new CandleFile([SharedData.Path(name)]);

        Assert.Equal(rows, file.Candles().Count());
        Assert.Equal(intervalSeconds, file.IntervalSeconds);
        Assert.Equal(refused, file.RefusedCount);
    }

    [SharedDataFact]
    public void reports_the_inconsistent_bar_of_the_recorded_market_data_by_its_line()
    {
        var path = SharedData.Path("cryptocompare_btcusd_1h_2019-11_2025-05.csv.gz");
        using var file = new CandleFile([path]);
        Assert.Equal(48_023, file.Candles().Count());

        Assert.Equal([new RefusedRow(path, 9860, "open must lie from low 30810.4 to high 33128.82, was 33287.7")], file.Refused);
    }

    [SharedDataFact]
    public void reads_one_week_out_of_two_recorded_years()
    {
        string[] years = [SharedData.Path("binance_btcusdt_1m_2023.csv.gz"), SharedData.Path("binance_btcusdt_1m_2024.csv.gz")];
        using var file = new CandleFile(years, new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero), new(2024, 3, 8, 0, 0, 0, TimeSpan.Zero));

        Assert.Equal(Enumerable.Range(0, 10_080).Select(i => 1709251200L + 60 * i),
            file.Candles().Select(candle => candle.OpenTimeUnixSeconds));
    }

    private static string Error(params string[] paths) =>
        Assert.Throws<CandleFileException>(() => new CandleFile(paths)).Message;

    private static void ReadAll(string path)
    {
        using var file = new CandleFile([path]);
        Assert.NotEmpty(file.Candles().ToList());
    }

    private static DateTimeOffset At(int minute) => DateTimeOffset.FromUnixTimeSeconds(Start + 60 * minute);

    private static Candle Minute(int i) => new(Start + 60 * i, 100 + i, 101.5m + i, 99 + i, 100.25m + i, i / 8m);

    private static string Row(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"{Start + 60 * i},{100 + i},{101.5m + i},{99 + i},{100.25m + i},{i / 8m}");

    private static IEnumerable<string> Minutes(int first, int count) => Enumerable.Range(first, count).Select(Row);

    private string Save(string name, IEnumerable<string> rows, bool compressed = false)
    {
        var text = string.Join('\n', [CandleCsv.Header, .. rows, ""]);
        return SaveBytes(name, compressed ? Compress(text) : Encoding.UTF8.GetBytes(text));
    }

    private string SaveBytes(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Compress(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
