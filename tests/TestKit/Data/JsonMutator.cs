using System.Text;
using System.Text.Json.Nodes;

namespace Trading.TestKit.Data;

/// <summary>
/// Makes malformed variants of a JSON text by its grammar: values of other types and at the ends of their ranges, members that are missing,
/// doubled or renamed, lists that are empty or nested, and bytes that are flipped or cut off. The seed alone decides.
/// </summary>
internal sealed class JsonMutator(int seed)
{
    private static readonly string[] Odd =
    [
        "null", "true", "{}", "[]", "\"\"", "0", "-1", "-0.0", "1e400", "-1e400", "79228162514264337593543950335",
        "99999999999999999999999",
        "1e-400", "2147483648", "-9223372036854775809", "\"NaN\"", "\"Infinity\"", "\"\\ud83d\"", "\"\\u0000\"", "\"2099-01-01T00:00:00Z\"",
        "\"0001-01-01T00:00:00Z\"", "4070908800000", "\"-5\"", "\"1,000\"", "\" 1\"", "\"1e5\"", "[[[[]]]]", "{\"code\":\"Forbidden\"}",
        "\"maintenance\"", "1.00000000000000000000000000000000001",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next variant of a text.</summary>
    public byte[] Next(string json)
    {
        var text = json;
        for (var times = 1 + _random.Next(3); times > 0; times--)
            text = _random.Next(4) == 0 ? text : Grammar(text);
        var bytes = Encoding.UTF8.GetBytes(text);
        return _random.Next(8) switch
        {
            0 when bytes.Length > 1 => bytes[..^_random.Next(1, bytes.Length)],
            1 when bytes.Length > 0 => Flipped(bytes),
            2 => Encoding.UTF8.GetBytes(Odd[_random.Next(Odd.Length)]),
            3 => [0xEF, 0xBB, 0xBF, .. bytes],
            _ => bytes,
        };
    }

    private byte[] Flipped(byte[] bytes)
    {
        for (var times = 1 + _random.Next(4); times > 0; times--)
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        return bytes;
    }

    // Replaces, removes, doubles or renames one node of the tree.
    private string Grammar(string text)
    {
        JsonNode? root;
        var nodes = new List<JsonNode>();
        try
        {
            root = JsonNode.Parse(text);
            Collect(root, nodes);
            _ = root?.ToJsonString();
        }
        catch (Exception broken) when (broken is System.Text.Json.JsonException or ArgumentException or InvalidOperationException)
        {
            // Already no tree of distinct members any more.
            return text;
        }
        if (nodes.Count == 0)
            return Odd[_random.Next(Odd.Length)];
        const string Mark = "\u0001here\u0001";
        var (node, odd) = (nodes[_random.Next(nodes.Count)], Odd[_random.Next(Odd.Length)]);
        switch (node.Parent)
        {
            case JsonObject parent:
                var name = parent.First(member => ReferenceEquals(member.Value, node)).Key;
                switch (_random.Next(4))
                {
                    case 0:
                        parent.Remove(name);
                        return root!.ToJsonString();
                    case 1:
                        parent.Remove(name);
                        parent[name + "_"] = node;
                        return root!.ToJsonString();
                    case 2:
                        parent[name] = Mark;
                        return Marked(root!, Mark, $"{node.ToJsonString()},\"{name}\":{odd}");
                    default:
                        parent[name] = Mark;
                        return Marked(root!, Mark, odd);
                }
            case JsonArray list:
                list[list.IndexOf(node)] = Mark;
                return Marked(root!, Mark, _random.Next(2) == 0 ? odd : $"{odd},{odd}");
            default:
                return odd;
        }
    }

    private static string Marked(JsonNode root, string mark, string value) =>
        root.ToJsonString().Replace(JsonValue.Create(mark).ToJsonString(), value, StringComparison.Ordinal);

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
            return;
        nodes.Add(node);
        foreach (var child in node switch
        {
            JsonObject members => members.Select(member => member.Value).Take(50),
            JsonArray list => list.Take(50),
            _ => [],
        })
            Collect(child, nodes);
    }
}
