using Trading.MarketData;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Recorded market data, read whole.</summary>
public sealed class RecordedCandleTests : CandleFileTest
{
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
}
