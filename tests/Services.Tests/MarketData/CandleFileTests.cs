using System.Text;
using Trading.Core;
using Trading.MarketData;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Files of candles as they are read, one or several, in blocks or whole.</summary>
public sealed class CandleFileTests : CandleFileTest
{
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
}
