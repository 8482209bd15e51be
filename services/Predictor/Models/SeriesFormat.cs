using System.Text.Json;

namespace Trading.Services.Models;

/// <summary>Common parts of the formats of time-series models.</summary>
internal static class SeriesFormat
{
    /// <summary>Fewest prices that such a model needs.</summary>
    public const int LeastPrices = 30;

    private const int MostPrices = 1024;

    /// <summary>The window's prices at equal distances, oldest first; a missing one is replaced by the price before it.</summary>
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

    /// <summary>Reads the first prediction of a JSON answer.</summary>
    public static bool TryFirst(string json, out JsonElement root, out JsonElement first, out string wrong)
    {
        (root, first, wrong) = (default, default, "");
        try
        {
            // Not disposed: the caller uses its elements.
            root = JsonDocument.Parse(json).RootElement;
        }
        catch (JsonException)
        {
            wrong = "it is no JSON";
            return false;
        }
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("predictions", out var predictions)
            && predictions.ValueKind == JsonValueKind.Array && predictions.GetArrayLength() == 1)
        {
            first = predictions[0];
            return true;
        }
        wrong = "it has no \"predictions\" with one entry";
        return false;
    }

    /// <summary>A number; null when it is not one.</summary>
    public static double? Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) ? number : null;
}
