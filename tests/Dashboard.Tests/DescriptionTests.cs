using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The API's description: kept as a file, complete, and only ever added to.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed partial class DescriptionTests(RecordedDashboard run)
{
    private static readonly string Docs = Path.Combine(Root(), "docs");

    /// <summary>TRADING_WRITE_GOLDEN=1 writes the files in place of comparing them.</summary>
    private static readonly bool Writes = Environment.GetEnvironmentVariable("TRADING_WRITE_GOLDEN") == "1";

    [Fact]
    public async Task the_kept_file_is_what_is_served()
    {
        var served = await ServedAsync();
        Assert.StartsWith("3.1.", served.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var text = JsonSerializer.Serialize(served, Indented) + "\n";
        var file = Path.Combine(Docs, "api-v1.json");
        if (Writes)
            File.WriteAllText(file, text);
        Assert.True(JsonElement.DeepEquals(served, JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file))),
            $"{file} is not what is served: TRADING_WRITE_GOLDEN=1 writes it again");
    }

    [Fact]
    public async Task nothing_that_was_ever_there_is_taken_away()
    {
        var now = Lines(await ServedAsync()).ToHashSet();
        var file = Path.Combine(Root(), "tests", "Dashboard.Tests", "golden", "api-v1.txt");
        if (Writes)
            File.WriteAllLines(file, File.Exists(file) ? File.ReadLines(file).Union(now).Order(StringComparer.Ordinal)
                : now.Order(StringComparer.Ordinal));
        Assert.Subset(now, File.ReadLines(file).ToHashSet());
        Assert.True(now.Count > 200);
    }

    [Fact]
    public async Task every_call_is_in_the_http_file_and_every_call_of_that_file_exists()
    {
        var described = (await ServedAsync()).GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(method => $"{method.Name.ToUpperInvariant()} {Parameter().Replace(path.Name, "*")}")).Order(StringComparer.Ordinal);
        var written = File.ReadLines(Path.Combine(Docs, "api-v1.http")).Select(line => Call().Match(line)).Where(call => call.Success)
            .Select(call => $"{call.Groups["method"].Value} /api/v1{Example().Replace(call.Groups["path"].Value, "/*")}")
            .Where(call => !call.EndsWith("openapi.json", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(described, written.Order(StringComparer.Ordinal));
    }

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private Task<JsonElement> ServedAsync() => run.Host.GetAsync("/openapi.json");

    // A line for each call, each parameter and each field of each schema.
    private static IEnumerable<string> Lines(JsonElement description)
    {
        foreach (var path in description.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                yield return $"{method.Name} {path.Name}";
                if (!method.Value.TryGetProperty("parameters", out var parameters))
                    continue;
                foreach (var parameter in parameters.EnumerateArray())
                    yield return $"{method.Name} {path.Name} ?{parameter.GetProperty("name").GetString()}";
            }
        }
        foreach (var schema in description.GetProperty("components").GetProperty("schemas").EnumerateObject())
        {
            if (!schema.Value.TryGetProperty("properties", out var fields))
                continue;
            foreach (var field in fields.EnumerateObject())
                yield return $"{schema.Name}.{field.Name} "
                    + (!field.Value.TryGetProperty("type", out var type) ? "object"
                        : type.ValueKind == JsonValueKind.Array ? string.Join('|', type.EnumerateArray()) : type.ToString());
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in the repository");
        return folder.FullName;
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(?<method>GET|POST|DELETE) \{\{address\}\}(?<path>[^?\s]*)")]
    private static partial Regex Call();

    [GeneratedRegex(@"/(0{8}-[-0]+|\d+|technical|BTC-USD|halt)(?=/|$)")]
    private static partial Regex Example();
}
