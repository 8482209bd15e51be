using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Contracts;

namespace Trading.Services;

/// <summary>What a language model said, taken out of its text.</summary>
/// <param name="PredictedPrice">Expected price at the horizon.</param>
/// <param name="Direction">Where it goes; null when it was not said.</param>
/// <param name="Confidence">0 to 1, when the model keeps to it.</param>
public sealed record SaidForecast(double PredictedPrice, Direction? Direction, double Confidence)
{
    private const int MostObjects = 50;

    /// <summary>
    /// Finds the forecast in a text: the last JSON object with a price and a confidence, whatever stands around it (fences, prose, thoughts), also when the text breaks off after both. A number
    /// that the text ends with counts for nothing, for its end may be missing. Null when there is none.
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
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }));
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
            // What was read before the mistake counts when it is all that is asked for.
        }
        return price is { } given && confidence is { } sure && !impossible ? new(given, direction, sure) : null;
    }

    private static bool TryDirection(string name, out Direction? direction)
    {
        direction = name.Trim().ToUpperInvariant() switch { "UP" => Contracts.Direction.Up, "DOWN" => Contracts.Direction.Down, "STABLE" => Contracts.Direction.Stable, _ => null };
        return direction is not null;
    }

    // "61,234.50", "$61234.5" and "70 %" are what models write when they forget that a number was wanted.
    private static double? Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetDouble(out var number) ? number : null;
        if (reader.TokenType != JsonTokenType.String)
            return null;
        var text = reader.GetString()!.Trim().TrimStart('$');
        var percent = text.EndsWith('%');
        return double.TryParse(text.TrimEnd('%'), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var written) ? percent ? written / 100 : written : null;
    }
}
