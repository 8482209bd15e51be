using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Core;

namespace Trading.Services.Models;

/// <summary>
/// The format of Chronos-2 and Chronos-Bolt on SageMaker: a series goes in, the mean and quantiles of each future step come out.
/// </summary>
internal static class ChronosFormat
{
    private static readonly double[] Levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    /// <summary>The request: one series, as many steps ahead as the horizon has.</summary>
    public static string Question(ForecastQuestion question)
    {
        var series = SeriesFormat.Even(question, out var start);
        return new JsonObject
        {
            ["inputs"] = new JsonArray(new JsonObject
            {
                ["target"] = new JsonArray([.. series.Select(price => JsonValue.Create(price))]),
                ["item_id"] = question.Price.Symbol,
                ["start"] = DateTimeOffset.FromUnixTimeSeconds(start).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
            }),
            ["parameters"] = new JsonObject
            {
                ["prediction_length"] = Steps(question),
                ["freq"] = Frequency(question.Price.IntervalSeconds),
                ["quantile_levels"] = new JsonArray([.. Levels.Select(level => JsonValue.Create(level))]),
            },
        }.ToJsonString();
    }

    /// <summary>The forecast from the quantiles of the last step; null when the answer has another format.</summary>
    public static Forecast? Answer(string json, ForecastQuestion question, ForecastChecks checks, out string wrong)
    {
        if (!SeriesFormat.TryFirst(json, out _, out var prediction, out wrong))
            return null;
        if (prediction.ValueKind != JsonValueKind.Object)
        {
            wrong = "its prediction is no object with quantiles";
            return null;
        }
        var quantiles = new Dictionary<double, double>();
        foreach (var member in prediction.EnumerateObject())
        {
            if (!double.TryParse(member.Name, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var level))
                continue;
            if (member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() != Steps(question)
                || SeriesFormat.Number(member.Value[Steps(question) - 1]) is not { } price)
            {
                wrong = $"its quantile {member.Name} has not {Steps(question)} numbers";
                return null;
            }
            quantiles[level] = price;
        }
        wrong = $"it has fewer than {QuantileForecast.LeastLevels} quantiles, or none on one side of 0.5";
        return QuantileForecast.Of(quantiles, question.Prices[^1].Price, checks.DeadBandPercent);
    }

    private static int Steps(ForecastQuestion question) => Math.Max(1, question.HorizonSeconds / question.Price.IntervalSeconds);

    // As pandas names them.
    private static string Frequency(int intervalSeconds) =>
        intervalSeconds % 3600 == 0 ? $"{intervalSeconds / 3600}h"
            : intervalSeconds % 60 == 0 ? $"{intervalSeconds / 60}min"
            : $"{intervalSeconds}s";
}
