using System.Text.Json;
using System.Text.Json.Nodes;
using Trading.Core;

namespace Trading.Services.Models;

/// <summary>
/// The format of TensorFlow and scikit-learn servers, and of the original system: a row of prices goes in, a price and a confidence come
/// out.
/// </summary>
internal static class InstancesFormat
{
    /// <summary>The request: one row with the window's prices.</summary>
    public static string Question(ForecastQuestion question) =>
        new JsonObject
        {
            ["instances"] = new JsonArray(new JsonArray([.. SeriesFormat.Even(question, out _).Select(price => JsonValue.Create(price))]))
        }.ToJsonString();

    /// <summary>
    /// The forecast: {"predictions": [price], "confidence": c}, the price alone or in a list of one, or {"predictions":
    /// [{"predicted_price": price, "confidence": c}]}. Null when the answer has another format or no confidence: an invented
    /// confidence would mean nothing.
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
