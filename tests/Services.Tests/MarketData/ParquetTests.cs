using System.Globalization;
using ParquetSharp;
using Trading.Core;
using Trading.MarketData;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Parquet files: written by data convert, read by content.</summary>
public sealed class ParquetTests : IDisposable
{
    private const long Start = 1_704_067_200;

    private readonly string _folder = Directory.CreateTempSubdirectory("parquet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("0.1", "prices with two decimals")]
    [InlineData("0.00000001", "eight decimals")]
    [InlineData("0.0000000000000000001", "more digits than a double has")]
    [InlineData("123456789012.12345678", "large numbers with decimals")]
    public async Task what_is_written_comes_back_digit_by_digit(string step, string _)
    {
        var unit = decimal.Parse(step, CultureInfo.InvariantCulture);
        var candles = Enumerable.Range(0, 500).Select(i =>
        {
            var price = 1 + unit * (i % 37 + 1);
            return new Candle(Start + 60 * i, price, price + unit, price - unit, price, unit * i);
        }).ToList();
        Assert.Equal(candles, await ThroughParquetAsync(candles));
    }

    [SharedDataFact]
    public async Task a_year_of_minutes_comes_back_as_it_was_and_takes_less_room()
    {
        var path = SharedData.Path("binance_btcusdt_1m_2024.csv.gz");
        using var source = MarketFiles.Open([path]);
        var candles = source.All().Take(60_000).ToList();
        Assert.Equal(candles, await ThroughParquetAsync(candles));
    }

    [SharedDataTheory]
    [InlineData("kraken_ohlcvt_60_with_gaps.csv")]
    [InlineData("freqtrade_1m.feather")]
    [InlineData("yahoo_1d.csv")]
    public async Task what_was_recognised_says_the_same_as_parquet(string name)
    {
        var (path, copy) = (SharedData.Path($"formats/{name}"), Path.Combine(_folder, "copy.parquet"));
        var (code, told, errors) = await CliProgram.RunHereAsync("data", "convert", "--data", path, "--output", copy);
        Assert.True(code == 0, errors);
        using var first = MarketFiles.Open([path]);
        using var second = MarketFiles.Open([copy]);
        Assert.Equal(first.All(), second.All());
        Assert.Equal(first.IntervalSeconds, second.IntervalSeconds);
        Assert.Contains($"{first.Notes.RowsUsed:N0} candles", told, StringComparison.Ordinal);
        Assert.Contains("times in ms, UTC; time=open_time, open=open", second.Notes.Recognised[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PAR1 and nothing else that is of any use to a reader of this format PAR1")]
    [InlineData("PAR1")]
    public async Task a_damaged_file_is_one_line(string text)
    {
        var path = Path.Combine(_folder, "broken");
        await File.WriteAllTextAsync(path, text);
        var (code, _, error) = await CliProgram.RunHereAsync("backtest", "--data", path);
        Assert.Equal(2, code);
        Assert.Contains("is a Parquet file that cannot be read", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void a_double_is_the_shortest_number_that_it_stands_for()
    {
        var random = new Random(4);
        for (var i = 0; i < 20_000; i++)
        {
            var value = random.NextDouble() * Math.Pow(10, random.Next(-9, 12));
            if (i % 2 == 0)
                value = Math.Round(value, random.Next(9));
            Assert.Equal(decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture),
                RealNumber.Exact(value));
            Assert.Equal(-RealNumber.Exact(value), RealNumber.Exact(-value));
        }
        Assert.Null(RealNumber.Exact(double.NaN));
        Assert.Null(RealNumber.Exact(1e300));
    }

    [Fact]
    public async Task what_takers_bought_is_read_too_and_a_row_where_it_cannot_be_is_dropped()
    {
        var path = WriteFlow([5.0, 5, 5, 5], [1.5, 5.1, 0, 5]);
        using var source = await OpenAsync(path);
        Assert.Equal([Start, Start + 120, Start + 180], source.All().Select(candle => candle.OpenTimeUnixSeconds));
        Assert.Equal([1.5m, 0, 5], source.Taker);
        Assert.Contains("above its volume", Assert.Single(source.Refused).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task rows_of_a_large_file_are_named_by_their_places_wherever_they_lie()
    {
        const int Rows = 100_000;
        var (volumes, bought) = (new double[Rows], new double[Rows]);
        Array.Fill(volumes, 5);
        int[] negative = [3, 49_999, 50_000, Rows - 1];
        foreach (var row in negative)
            volumes[row] = -1;
        (bought[20_000], bought[70_000], bought[80_000]) = (6, double.NaN, double.NaN);

        using var source = await OpenAsync(WriteFlow(volumes, bought));
        Assert.Equal(Enumerable.Range(0, Rows).Except([.. negative, 20_000]).Select(row => Start + 60L * row),
            source.All().Select(candle => candle.OpenTimeUnixSeconds));
        Assert.Equal(Rows, source.Notes.RowsRead);
        Assert.Equal([4, 20_001, 50_000, 50_001, Rows], source.Refused.Select(row => row.Line));
        Assert.Equal(5, source.RefusedCount);
        Assert.Contains("line 70001,", source.Notes.FlowLeftOut, StringComparison.Ordinal);
    }

    // The program sets what reads Parquet.
    private static async Task<ICandleSource> OpenAsync(string path)
    {
        await CliProgram.RunHereAsync("--version");
        return MarketFiles.Open([path]);
    }

    // A minute each, all at the same prices.
    private string WriteFlow(double[] volumes, double[] bought)
    {
        var path = Path.Combine(_folder, "flow.parquet");
        Column[] columns = [new Column<long>("open_time"), new Column<double>("open"), new Column<double>("high"),
            new Column<double>("low"), new Column<double>("close"), new Column<double>("volume"), new Column<double>("taker_buy_volume")];
        using var file = new ParquetFileWriter(path, columns);
        using var rows = file.AppendRowGroup();
        Write(volumes.Select((_, row) => (Start + 60L * row) * 1000).ToArray());
        foreach (var price in new[] { 10.0, 12, 9, 11 })
            Write(volumes.Select(_ => price).ToArray());
        Write(volumes);
        Write(bought);
        return path;

        void Write<T>(T[] values)
        {
            using var column = rows.NextColumn().LogicalWriter<T>();
            column.WriteBatch(values);
        }
    }

    private async Task<List<Candle>> ThroughParquetAsync(List<Candle> candles)
    {
        var (csv, parquet) = (Path.Combine(_folder, "in.csv"), Path.Combine(_folder, "out.parquet"));
        await File.WriteAllLinesAsync(csv, candles.Select(candle => string.Create(CultureInfo.InvariantCulture,
            $"{candle.OpenTimeUnixSeconds},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume}"))
            .Prepend(CandleCsv.Header));
        var (code, _, errors) = await CliProgram.RunHereAsync("data", "convert", "--data", csv, "--output", parquet);
        Assert.True(code == 0, errors);
        using var source = MarketFiles.Open([parquet]);
        return [.. source.All()];
    }
}
