using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Trading.Deploy.Tests;

/// <summary>Every document is what the API server takes, and names no field that it would drop in silence.</summary>
public sealed class SchemaTests
{
    private static readonly ConcurrentDictionary<string, JsonSchema> Schemas = new();
    private static readonly EvaluationOptions Strict = new() { OutputFormat = OutputFormat.List };
    private static readonly JsonNode? Index = Repository.Schemas is { } folder
        ? JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "index.json"))) : null;

    [SchemaTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void every_document_of_an_environment_is_valid(string environment) => AreValid(Manifests.Of(environment));

    [SchemaTheory("kubectl")]
    [InlineData("hpa")]
    [InlineData("irsa")]
    [InlineData("dashboard")]
    public void every_document_of_a_component_is_valid(string component) => AreValid(Manifests.With("dev", component));

    [SchemaTheory("kubectl")]
    [InlineData("spec/replica", "2")]
    [InlineData("spec/template/spec/containers/0/ports/0/containerPort", "\"8080\"")]
    [InlineData("spec/template/spec/containers/0/livenessProbe/httpget", "{}")]
    public void an_unknown_field_or_a_wrong_type_is_found(string path, string value)
    {
        var deployment = Manifests.Of("dev").Kind("Deployment").First();
        deployment.At(path[..path.LastIndexOf('/')])!.AsObject()[path[(path.LastIndexOf('/') + 1)..]] = JsonNode.Parse(value);
        Assert.NotEmpty(Violations(deployment));
    }

    [SchemaTheory]
    [InlineData("docker-compose.yml")]
    public void the_compose_file_is_valid(string file) =>
        Assert.Empty(Violations(Yaml.File(file), Path.Combine(Repository.Schemas!, "compose", "compose-spec.json")));

    private static void AreValid(Manifests manifests) =>
        Assert.Empty(manifests.Documents.SelectMany(
            document => Violations(document).Select(violation => $"{Manifests.Title(document)}: {violation}")));

    private static IEnumerable<string> Violations(JsonNode document)
    {
        var key = $"{document.Text("apiVersion")}/{document.Text("kind")}".ToLowerInvariant();
        return Index![key] is { } file ? Violations(document, Path.Combine(Repository.Schemas!, file.ToString())) : [$"no schema of {key}"];
    }

    private static IEnumerable<string> Violations(JsonNode document, string schema)
    {
        var result = Schemas.GetOrAdd(schema, Load).Evaluate(document, Strict);
        return result.IsValid ? [] : [.. result.Details.Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")).Distinct().Take(10)];
    }

    // The schema of compose names its dialect by an address that nobody knows it by.
    private static JsonSchema Load(string file) =>
        JsonSchema.FromText(File.ReadAllText(file).Replace(
            "\"https://json-schema.org/draft-07/schema\"", "\"http://json-schema.org/draft-07/schema#\"", StringComparison.Ordinal));
}
