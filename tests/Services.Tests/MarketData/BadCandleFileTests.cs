using System.Text;
using Trading.Core;
using Trading.MarketData;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Rows that are refused by their line, and files that are missing, empty, cut off or packed in another way.</summary>
public sealed class BadCandleFileTests : CandleFileTest
{
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

    private static string Error(params string[] paths) =>
        Assert.Throws<CandleFileException>(() => new CandleFile(paths)).Message;

    private static void ReadAll(string path)
    {
        using var file = new CandleFile([path]);
        Assert.NotEmpty(file.Candles().ToList());
    }
}
