using System.Text;
using System.Text.Json;

namespace Trading.MarketData;

/// <summary>
/// Rows of JSON as lines of text: lists of lists, lists of objects, either of them within an object, or an object a line. Fields are
/// separated by tabs; the names of objects are the first line.
/// </summary>
internal static class JsonRows
{
    /// <summary>The rows.</summary>
    /// <exception cref="CandleFileException">The text is no JSON, or holds no rows.</exception>
    public static byte[] ToLines(string path, byte[] json)
    {
        var rows = new MemoryStream(json.Length);
        var names = default(List<string>);
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions
            { AllowMultipleValues = true, CommentHandling = JsonCommentHandling.Skip });
            var fields = new List<(string Name, byte[] Value)>();
            while (reader.Read())
            {
                // The innermost list or object that holds values alone is a row.
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && IsRow(reader))
                {
                    Row(ref reader, fields);
                    if (fields.Count > 1)
                        Write(rows, fields, ref names);
                }
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new CandleFileException($"{path} is no JSON that can be read: {wrong.Message}", wrong);
        }
        return rows.Length > 0 ? rows.ToArray() : throw new CandleFileException($"{path} is JSON without rows of values");
    }

    private static bool IsRow(Utf8JsonReader ahead)
    {
        var depth = ahead.CurrentDepth;
        var values = 0;
        while (ahead.Read() && ahead.CurrentDepth > depth)
        {
            if (ahead.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                return false;
            values += ahead.TokenType == JsonTokenType.PropertyName ? 0 : 1;
        }
        return values > 1;
    }

    private static void Row(ref Utf8JsonReader reader, List<(string Name, byte[] Value)> fields)
    {
        fields.Clear();
        var (depth, name) = (reader.CurrentDepth, "");
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
                name = reader.GetString()!;
            else
                fields.Add((name, reader.TokenType switch
                {
                    JsonTokenType.String => Encoding.UTF8.GetBytes(reader.GetString()!),
                    JsonTokenType.Null => [],
                    _ => reader.ValueSpan.ToArray(),
                }));
        }
    }

    private static void Write(MemoryStream rows, List<(string Name, byte[] Value)> fields, ref List<string>? names)
    {
        if (fields[0].Name.Length > 0)
        {
            if (names is null)
            {
                names = [.. fields.Select(field => field.Name)];
                rows.Write(Encoding.UTF8.GetBytes(string.Join('\t', names) + "\n"));
            }
            var place = fields.ToLookup(field => field.Name, field => field.Value);
            var first = true;
            foreach (var name in names)
            {
                if (!first)
                    rows.WriteByte((byte)'\t');
                rows.Write(place[name].FirstOrDefault() ?? []);
                first = false;
            }
        }
        else
        {
            for (var i = 0; i < fields.Count; i++)
            {
                if (i > 0)
                    rows.WriteByte((byte)'\t');
                rows.Write(fields[i].Value);
            }
        }
        rows.WriteByte((byte)'\n');
    }
}
