using System.Globalization;
using System.Text.Json;
using Trading.Core.Indicators;
using Trading.TestKit.Data;

namespace Trading.Core.Tests;

/// <summary>Indicators against series that others computed.</summary>
public sealed class IndicatorReferenceTests
{
    private readonly record struct Bar(double High, double Low, double Close, double Volume);

    [SharedDataFact]
    public void averages_are_those_of_the_reference()
    {
        var (sma, ema, macd) = (new Sma(20), new Ema(20), new Macd());
        Matches("sma", "sma", bar => sma.Add(bar.Close));
        Matches("ema", "ema", bar => ema.Add(bar.Close));
        Matches("macd", "macd", bar => macd.Add(bar.Close).Macd);
        macd = new Macd();
        Matches("macd", "signal", bar => macd.Add(bar.Close).Signal);
        macd = new Macd();
        Matches("macd", "histogram", bar => macd.Add(bar.Close).Histogram);
    }

    [SharedDataFact]
    public void oscillators_and_ranges_are_those_of_the_reference()
    {
        var (rsi, atr) = (new Rsi(), new Atr());
        Matches("rsi", "rsi", bar => rsi.Add(bar.Close));
        Matches("atr", "atr", bar => atr.Add(bar.High, bar.Low, bar.Close));
        foreach (var (field, value) in new (string, Func<Band, double>)[] { ("sma", band => band.Middle), ("upperBand", band => band.Upper),
            ("lowerBand", band => band.Lower) })
        {
            var bollinger = new Bollinger();
            Matches("bb", field, bar => value(bollinger.Add(bar.Close)));
        }
        var deviation = new RollingDeviation(20, sample: false);
        Matches("bb", "zScore", bar =>
        {
            deviation.Add(bar.Close);
            return deviation.ZScore;
        });
    }

    [SharedDataFact]
    public void the_last_of_the_reference_bars_has_the_known_trend_and_balance()
    {
        var (adx, wma, obv) = (new Adx(), new Wma(20), new Obv());
        foreach (var bar in ReferenceBars())
        {
            adx.Add(bar.High, bar.Low, bar.Close);
            wma.Add(bar.Close);
            obv.Add(bar.Close, bar.Volume);
        }
        Assert.Equal(17.7565, adx.Value.Plus, 4);
        Assert.Equal(31.1510, adx.Value.Minus, 4);
        Assert.Equal(34.2987, adx.Value.Adx, 4);
        Assert.Equal(246.5110, wma.Value, 4);
        Assert.Equal(539_843_504, obv.Value);
    }

    private static void Matches(string series, string field, Func<Bar, double> indicator)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.ReferenceVector($"skender/{series}.standard.json")));
        var bars = ReferenceBars();
        Assert.Equal(bars.Count, expected.RootElement.GetArrayLength());
        foreach (var (bar, row) in bars.Zip(expected.RootElement.EnumerateArray()))
        {
            var value = row.GetProperty(field);
            Assert.Equal(value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble(), indicator(bar), 1e-8);
        }
    }

    private static List<Bar> ReferenceBars() => [.. File.ReadLines(SharedData.ReferenceVector("skender/default.csv")).Skip(1)
        .Select(line => line.Split(','))
        .Select(fields => fields[2..6].Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray())
        .Select(values => new Bar(values[0], values[1], values[2], values[3]))];
}
