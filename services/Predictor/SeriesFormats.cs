using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Core;

namespace Trading.Services;

/// <summary>What the formats of time-series models have in common.</summary>
internal static class SeriesFormat
{
    /// <summary>Prices that such a model asks for before it answers.</summary>
    public const int LeastPrices = 30;

    private const int MostPrices = 1024;

    /// <summary>The window's prices at even distances, oldest first: where one is missing, the price before it still held.</summary>
    public static List<double> Even(ForecastQuestion question, out long startUnixSeconds)
    {
        var (interval, newest) = (question.Price.IntervalSeconds, question.Prices[^1].UnixSeconds);
        startUnixSeconds = Math.Max(question.Prices[0].UnixSeconds, newest - (MostPrices - 1L) * interval);
        var (even, at) = (new List<double>(), 0);
        for (var second = startUnixSeconds; second <= newest; second += interval)
        {
            while (at + 1 < question.Prices.Count && question.Prices[at + 1].UnixSeconds <= second)
                at++;
            even.Add(question.Prices[at].Price);
        }
        return even;
    }

    /// <summary>Reads JSON whose first prediction is what is asked for.</summary>
    public static bool TryFirst(string json, out JsonElement root, out JsonElement first, out string wrong)
    {
        (root, first, wrong) = (default, default, "");
        try
        {
            // Not disposed: what is read from it is used by the caller.
            root = JsonDocument.Parse(json).RootElement;
        }
        catch (JsonException)
        {
            wrong = "it is no JSON";
            return false;
        }
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("predictions", out var predictions) && predictions.ValueKind == JsonValueKind.Array && predictions.GetArrayLength() == 1)
        {
            first = predictions[0];
            return true;
        }
        wrong = "it has no \"predictions\" with one entry";
        return false;
    }

    /// <summary>A number; null when it is none.</summary>
    public static double? Number(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) ? number : null;
}

/// <summary>The format of Chronos-2 and Chronos-Bolt on SageMaker: a series goes in, the mean and quantiles of each future step come out.</summary>
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

    /// <summary>The forecast from the quantiles of the last step; null when the answer is another.</summary>
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
            if (member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() != Steps(question) || SeriesFormat.Number(member.Value[Steps(question) - 1]) is not { } price)
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
        intervalSeconds % 3600 == 0 ? $"{intervalSeconds / 3600}h" : intervalSeconds % 60 == 0 ? $"{intervalSeconds / 60}min" : $"{intervalSeconds}s";
}

/// <summary>The format of TensorFlow and scikit-learn servers, and of the original system: a row of prices goes in, a price and a confidence come out.</summary>
internal static class InstancesFormat
{
    /// <summary>The request: one row with the window's prices.</summary>
    public static string Question(ForecastQuestion question) =>
        new JsonObject { ["instances"] = new JsonArray(new JsonArray([.. SeriesFormat.Even(question, out _).Select(price => JsonValue.Create(price))])) }.ToJsonString();

    /// <summary>
    /// The forecast: {"predictions": [price], "confidence": c}, the price alone or in a list of one, or {"predictions": [{"predicted_price": price, "confidence": c}]}. Null when the answer is
    /// another; one without confidence is, for a confidence that is made up here would say nothing.
    /// </summary>
    public static Forecast? Answer(string json, double currentPrice, ForecastChecks checks, out string wrong)
    {
        if (!SeriesFormat.TryFirst(json, out var root, out var prediction, out wrong))
            return null;
        var of = prediction.ValueKind == JsonValueKind.Object ? prediction : root;
        var price = prediction.ValueKind switch
        {
            JsonValueKind.Object when prediction.TryGetProperty("predicted_price", out var named) => SeriesFormat.Number(named),
            JsonValueKind.Array when prediction.GetArrayLength() == 1 => SeriesFormat.Number(prediction[0]),
            _ => SeriesFormat.Number(prediction),
        };
        if (price is not { } predicted)
        {
            wrong = "its prediction is no price";
            return null;
        }
        if (!of.TryGetProperty("confidence", out var given) || SeriesFormat.Number(given) is not { } confidence)
        {
            wrong = "it has no confidence";
            return null;
        }
        return Forecast.FromPrice(predicted, currentPrice, checks.DeadBandPercent, confidence);
    }
}
