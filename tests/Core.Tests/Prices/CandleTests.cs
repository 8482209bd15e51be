using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Trading.Core.Tests;

public sealed class CandleTests
{
    [Fact]
    public void reads_a_row_digit_by_digit() =>
        Assert.Equal(
            new Candle(1704067200, 42283.58m, 42298.62m, 42261.02m, 42298.61m, 35.92724m),
            Read("1704067200,42283.58,42298.62,42261.02,42298.61,35.92724"));

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.00000001", "0.00000001")]
    [InlineData("685906.9735", "685906.9735")]
    [InlineData("18446744073709551616", "18446744073709551616")]
    [InlineData("9999999999999999999", "9999999999999999999")]
    [InlineData("0.1234567890123456789012345678", "0.1234567890123456789012345678")]
    [InlineData("1e-05", "0.00001")]
    [InlineData("2.5E3", "2500")]
    [InlineData("+7", "7")]
    public void reads_numbers_of_any_usual_form(string written, string value) =>
        Assert.Equal(decimal.Parse(value, CultureInfo.InvariantCulture), Read($"1704067200,2,3,1,2,{written}").Volume);

    [Theory]
    [InlineData("", CandleFault.FieldCount, "6 fields expected, was 1: ")]
    [InlineData("1704067200,1,1,1,1", CandleFault.FieldCount, "6 fields expected, was 5: 1704067200,1,1,1,1")]
    [InlineData("1704067200,1,1,1,1,1,1", CandleFault.FieldCount, "6 fields expected, was 7: 1704067200,1,1,1,1,1,1")]
    [InlineData("1704067200000,1,1,1,1,1", CandleFault.Time,
        "open time must be whole seconds since 1970, from the year 2000 to 2100, was \"1704067200000\"")]
    [InlineData("0,1,1,1,1,1", CandleFault.Time, "open time must be whole seconds since 1970, from the year 2000 to 2100, was \"0\"")]
    [InlineData("2024-01-01,1,1,1,1,1", CandleFault.Time,
        "open time must be whole seconds since 1970, from the year 2000 to 2100, was \"2024-01-01\"")]
    [InlineData("99999999999999999999,1,1,1,1,1", CandleFault.Time,
        "open time must be whole seconds since 1970, from the year 2000 to 2100, was \"99999999999999999999\"")]
    [InlineData("1704067200,,1,1,1,1", CandleFault.Open, "open must be a number above 0, was \"\"")]
    [InlineData("1704067200,0,1,1,1,1", CandleFault.Open, "open must be a number above 0, was \"0\"")]
    [InlineData("1704067200,1,1x,1,1,1", CandleFault.High, "high must be a number above 0, was \"1x\"")]
    [InlineData("1704067200,1,1,-1,1,1", CandleFault.Low, "low must be a number above 0, was \"-1\"")]
    [InlineData("1704067200,1,1,1,NaN,1", CandleFault.Close, "close must be a number above 0, was \"NaN\"")]
    [InlineData("1704067200,1,1,1,1 ,1", CandleFault.Close, "close must be a number above 0, was \"1 \"")]
    [InlineData("1704067200,1,1,1,1.2.3,1", CandleFault.Close, "close must be a number above 0, was \"1.2.3\"")]
    [InlineData("1704067200,1,1,1,1,-0.5", CandleFault.Volume, "volume must be a number of at least 0, was \"-0.5\"")]
    [InlineData("1704067200,1,1,1,1,1e300", CandleFault.Volume, "volume must be a number of at least 0, was \"1e300\"")]
    [InlineData("1704067200,1,1,1,1,", CandleFault.Volume, "volume must be a number of at least 0, was \"\"")]
    [InlineData("1704067200,1,1,1,1,é", CandleFault.Volume, "volume must be a number of at least 0, was \"??\"")]
    [InlineData("1609736400,33287.7,33128.82,30810.4,32835.8,155173.86", CandleFault.OpenOutsideRange,
        "open must lie from low 30810.4 to high 33128.82, was 33287.7")]
    [InlineData("1704067200,2,3,1,0.5,1", CandleFault.CloseOutsideRange, "close must lie from low 1 to high 3, was 0.5")]
    public void refuses_a_bad_row_and_says_why(string row, CandleFault fault, string description)
    {
        var bytes = Encoding.UTF8.GetBytes(row);
        Assert.Equal(fault, CandleCsv.Parse(bytes, out _));
        Assert.Equal(description, CandleCsv.Describe(fault, bytes));
    }

    [Fact]
    public void reads_back_every_number_that_a_decimal_can_write() =>
        Prop.ForAll(ArbMap.Default.ArbFor<decimal>().Filter(value => value > 0), value =>
            Read(string.Create(CultureInfo.InvariantCulture, $"1704067200,{value},{value},{value},{value},{value}")) is var candle
            && candle.Close == value && candle.Volume == value).QuickCheckThrowOnFailure();

    [Fact]
    public void never_throws_on_arbitrary_bytes() =>
        Prop.ForAll<byte[]>(row => CandleCsv.Describe(CandleCsv.Parse(row, out _), row).Length > 0).QuickCheckThrowOnFailure();

    private static Candle Read(string row)
    {
        Assert.Equal(CandleFault.None, CandleCsv.Parse(Encoding.UTF8.GetBytes(row), out var candle));
        return candle;
    }
}
