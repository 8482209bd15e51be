using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Contracts;

namespace Trading.Services.Models;

/// <summary>The forecast in a language model's text.</summary>
/// <param name="PredictedPrice">Expected price at the horizon.</param>
/// <param name="Direction">Direction; null when the text has none.</param>
/// <param name="Confidence">0 to 1, if the model follows its instructions.</param>
public sealed record SaidForecast(double PredictedPrice, Direction? Direction, double Confidence)
{
    private const int MostObjects = 50;

    /// <summary>
    /// Finds the forecast in a text: the last JSON object with a price and a confidence, with any text around it (fences, prose,
    /// reasoning), also when the text breaks off after both. A number at the end of the text is ignored, because its last digits may be
    /// missing. Null when there is no forecast.
    /// </summary>
    public static SaidForecast? Find(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var end = bytes.Length;
        for (var tries = 0; tries < MostObjects && bytes.AsSpan(0, end).LastIndexOf((byte)'{') is >= 0 and var start; tries++, end = start)
        {
            if (Read(bytes.AsSpan(start)) is { } forecast)
                return forecast;
        }
        return null;
    }

    private static SaidForecast? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false,
            new JsonReaderState(new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }));
        double? price = null, confidence = null;
        Direction? direction = null;
        var impossible = false;
        try
        {
            while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0))
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                var name = reader.GetString()!.Replace("_", "", StringComparison.Ordinal);
                if (!reader.Read())
                    break;
                if (name.Equals("predictedPrice", StringComparison.OrdinalIgnoreCase))
                    price = Number(ref reader);
                else if (name.Equals("confidence", StringComparison.OrdinalIgnoreCase))
                    confidence = Number(ref reader);
                else if (name.Equals("direction", StringComparison.OrdinalIgnoreCase) && reader.TokenType == JsonTokenType.String)
                    impossible = !TryDirection(reader.GetString()!, out direction);
            }
        }
        catch (JsonException)
        {
            // The fields before the error count if they are complete.
        }
        return price is { } given && confidence is { } sure && !impossible ? new(given, direction, sure) : null;
    }

    private static bool TryDirection(string name, out Direction? direction)
    {
        direction = name.Trim().ToUpperInvariant() switch
        {
            "UP" => Contracts.Direction.Up,
            "DOWN" => Contracts.Direction.Down,
            "STABLE" => Contracts.Direction.Stable,
            _ => null
        };
        return direction is not null;
    }

    // "61,234.50", "$61234.5" and "70 %" are what models write instead of numbers.
    private static double? Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetDouble(out var number) ? number : null;
        if (reader.TokenType != JsonTokenType.String)
            return null;
        var text = reader.GetString()!.Trim().TrimStart('$');
        var percent = text.EndsWith('%');
        return double.TryParse(text.TrimEnd('%'), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture,
            out var written) ? percent ? written / 100 : written : null;
    }
}
