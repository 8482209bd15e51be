using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Trading.Deploy.Tests;

/// <summary>The documents that kustomize makes of a folder.</summary>
internal sealed class Manifests(IReadOnlyList<JsonNode> documents)
{
    private static readonly ConcurrentDictionary<string, string> Rendered = new();

    /// <summary>The environments, and the components that no environment takes yet, on top of one that has what they need.</summary>
    public static IReadOnlyList<string> Environments { get; } = ["dev", "prod", "local"];

    public static TheoryData<string> All { get; } = new(Environments);

    /// <summary>All documents.</summary>
    public IReadOnlyList<JsonNode> Documents { get; } = documents;

    /// <summary>Renders an environment; each once.</summary>
    public static Manifests Of(string environment) =>
        new(Yaml.Documents(Rendered.GetOrAdd(environment, name => Render(Path.Combine("k8s", "overlays", name)))));

    /// <summary>Renders an environment that takes further components.</summary>
    public static Manifests With(string environment, params string[] components)
    {
        var overlays = Path.Combine(Repository.Root, "k8s", "overlays");
        var folder = Directory.CreateDirectory(Path.Combine(overlays, $"test-{Guid.NewGuid():N}")).FullName;
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(overlays, environment)))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            var kustomization = Path.Combine(folder, "kustomization.yaml");
            var added = string.Concat(components.Select(name => $"  - ../../components/{name}\n"));
            File.WriteAllText(
                kustomization, File.ReadAllText(kustomization).Replace("components:\n", $"components:\n{added}", StringComparison.Ordinal));
            return new(Yaml.Documents(Render(folder)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The documents of a kind.</summary>
    public IEnumerable<JsonNode> Kind(params string[] kinds) => Documents.Where(document => kinds.Contains(document.Text("kind")));

    /// <summary>The documents that make pods.</summary>
    public IEnumerable<JsonNode> Workloads => Kind("Deployment", "StatefulSet", "Job");

    /// <summary>Whether a document of a kind has a name.</summary>
    public bool Has(string kind, string? name) => Kind(kind).Any(document => Name(document) == name);

    /// <summary>The settings that every program gets.</summary>
    public IReadOnlyDictionary<string, string> Settings =>
        Kind("ConfigMap").Single(map => Name(map)!.StartsWith("settings-", StringComparison.Ordinal)).Map("data");

    public static string? Name(JsonNode document) => document.Text("metadata/name");

    /// <summary>Kind and name, for messages.</summary>
    public static string Title(JsonNode document) => $"{document.Text("kind")} {Name(document)}";

    /// <summary>Whether the labels of a workload's pods are those that a selector asks for; an empty one takes all.</summary>
    public static bool Selects(JsonNode? selector, JsonNode workload)
    {
        var labels = workload.Map("spec/template/metadata/labels");
        return selector.Map("matchLabels").All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value)
            && selector.List("matchExpressions")
                .All(wanted => wanted.List("values").Any(value => value.ToString() == labels.GetValueOrDefault(wanted.Text("key")!)));
    }

    private static string Render(string folder)
    {
        var (code, output, errors) = Tools.Run("kubectl", "kustomize", folder);
        Assert.True(code == 0, $"kubectl kustomize {folder}: {errors}");
        Assert.DoesNotContain("deprecated", errors, StringComparison.OrdinalIgnoreCase);
        return output;
    }
}
