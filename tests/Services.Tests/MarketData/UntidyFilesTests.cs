using System.Globalization;
using Trading.Core;
using Trading.MarketData;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Files in the wrong order, rows twice or shuffled, and what is not clean.</summary>
public sealed class UntidyFilesTests : MarketFilesTest
{
    [Fact]
    public void files_in_the_wrong_order_rows_twice_and_rows_shuffled_give_what_the_right_order_gives()
    {
        var rows = Enumerable.Range(0, 500).Select(Row).ToArray();
        var (first, second) = (House("a.csv", rows[..260]), House("b.csv", rows[240..]));
        var expected = All([House("whole.csv", rows)]);
        Assert.Equal(expected, All([second, first]));
        Assert.Equal(expected, All([first, second]));
        using (var merged = MarketFiles.Open([second, first], whole: true))
        {
            Assert.Equal((520, 500, 20), (merged.Notes.RowsRead, merged.Notes.RowsUsed, merged.Notes.Dropped["doubled"]));
            Assert.NotEmpty(merged.Notes.Done);
        }
        var random = new Random(1);
        Assert.Equal(expected, All([House("shuffled.csv", [.. rows.OrderBy(_ => random.Next())])]));
        Assert.Equal(expected, All([House("newest.csv", [.. rows.Reverse()])]));
        // On the way it is seen at once, and never given in a wrong order.
        using var streamed = MarketFiles.Open([House("late.csv", [.. rows[10..], .. rows[..10]])]);
        Assert.Throws<CandleOrderException>(() => streamed.All().Count());
    }

    [Theory]
    [InlineData("\n", true)]
    [InlineData("\r\n", false)]
    public void rows_of_a_large_file_are_named_by_their_lines_wherever_they_lie(string lineEnd, bool ends)
    {
        const int Rows = 120_000;
        static string Time(int row) =>
            DateTime.UnixEpoch.AddDays(19_000).AddMinutes(row).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var lines = Enumerable.Range(0, Rows).Select(row => $"{Time(row)},10.5,12.25,9,11,{row}.5")
            .Prepend("Date,Open,High,Low,Close,Volume").ToArray();
        // In all parts that processors may read.
        int[] wrong = [1, .. Enumerable.Range(1, 7).SelectMany(part => Enumerable.Range(Rows * part / 8 - 6, 12)), Rows];
        foreach (var line in wrong)
            lines[line] = (line % 3) switch { 0 => "cut,off", 1 => Time(line - 1) + ",10,9,11,10,1", _ => lines[line] + ",7" };
        var path = Save("large.csv", string.Join(lineEnd, lines) + (ends ? lineEnd : ""));

        using var source = MarketFiles.Open([path]);

        Assert.Equal(Enumerable.Range(1, Rows).Except(wrong).Select(line => (19_000 * 86_400L + 60 * (line - 1), line - 0.5m)),
            source.All().Select(candle => (candle.OpenTimeUnixSeconds, candle.Volume)));
        Assert.Equal((Rows, (long)wrong.Length), (source.Notes.RowsRead, source.RefusedCount));
        Assert.Equal(wrong.Select(line => line + 1L), source.Refused.Select(row => row.Line));
        Assert.Equal(3, source.Notes.Dropped.Count);
    }

    [Fact]
    public void rows_of_one_time_that_differ_are_a_question()
    {
        var path = House("a.csv", [Row(0), Row(1), Row(1).Replace(",1", ",2", StringComparison.Ordinal), Row(2)]);
        var error = Assert.Throws<CandleFileException>(() => MarketFiles.Open([path], whole: true)).Message;
        Assert.Contains("--duplicates first or last", error, StringComparison.Ordinal);
        Assert.Contains("2024-01-01T00:01:00Z", error, StringComparison.Ordinal);
        foreach (var which in new[] { "first", "last" })
        {
            using var source = MarketFiles.Open([path], new(Duplicates: which));
            Assert.Equal(which == "first" ? 1 : 2, source.All().ElementAt(1).Volume);
        }
    }

    [Fact]
    public void strict_refuses_what_is_not_clean_and_says_what_it_is()
    {
        var rows = Enumerable.Range(0, 50).Select(Row).ToArray();
        using (var clean = MarketFiles.Open([House("a.csv", rows)], new(Strict: true)))
            Assert.Equal(50, clean.All().Count());
        foreach (var (broken, said) in new (string[] Rows, string Said)[]
        {
            ([.. rows[..20], .. rows[25..]], "5 candles"), ([.. rows, "garbage"], "cut off"), ([.. rows, rows[^1]], "doubled"),
        })
        {
            var error = Assert.Throws<CandleFileException>(() => MarketFiles.Open([House("b.csv", broken)], new(Strict: true))).Message;
            Assert.StartsWith("--strict: ", error, StringComparison.Ordinal);
            Assert.Contains(said, error, StringComparison.Ordinal);
        }
    }

    private static string Row(int minute) => string.Create(CultureInfo.InvariantCulture,
        $"{1_704_067_200 + 60 * minute},{100 + minute % 7},{110 + minute % 5},{90 + minute % 3},{101 + minute % 4},1");

    private string House(string name, string[] rows) => Save(name, CandleCsv.Header + "\n" + string.Join('\n', rows) + "\n");
}
