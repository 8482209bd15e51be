using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Trading.Deploy.Tests;

/// <summary>The dashboards' queries.</summary>
internal static partial class Dashboards
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["trading", "services", "journal", "aws-cost"];

    /// <summary>Each of them, for a theory.</summary>
    public static TheoryData<string> Files { get; } = new(Names);

    /// <summary>A dashboard.</summary>
    public static JsonNode Of(string name) => JsonNode.Parse(Repository.Read($"k8s/monitoring/dashboards/{name}.json"))!;

    /// <summary>Each panel's queries.</summary>
    public static IEnumerable<(string Panel, string Query)> Queries(string name) =>
        Of(name).List("panels").SelectMany(panel => panel.List("targets").Select(target => (panel.Text("title")!, target.Text("expr")!)));

    /// <summary>A query as Prometheus is asked: Grafana's intervals and the dashboard's own variables filled in.</summary>
    public static string Asked(string name, string query)
    {
        var asked = query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__interval", "1m", StringComparison.Ordinal)
            .Replace("$__range", "1h", StringComparison.Ordinal);
        foreach (var variable in Of(name).List("templating/list"))
            asked = Regex.Replace(asked, $@"\${variable.Text("name")}\b",
                variable.Text("type") == "textbox" ? variable.Text("query")! : ".*");
        return asked;
    }
}
