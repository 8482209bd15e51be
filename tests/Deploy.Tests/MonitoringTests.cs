using System.Text.Json.Nodes;

namespace Trading.Deploy.Tests;

/// <summary>Alert rules, dashboards and runbook speak of what is measured, and of each other.</summary>
public sealed class MonitoringTests
{
    private static readonly string[] PartsOfSection = ["**Means.**", "**See.**", "**Do.**", "**Halt.**"];
    private static readonly string[] Severities = ["warning", "critical"];
    private static readonly string[] LabelsOfAll = ["job", "instance", "le"];
    private static IReadOnlyList<JsonNode> Rules => Yaml.File("k8s/monitoring/rules/trading.yml").List("groups/0/rules");

    [Theory]
    [MemberData(nameof(Dashboards.Files), MemberType = typeof(Dashboards))]
    public void every_panel_asks_for_metrics_and_labels_that_exist(string dashboard) =>
        Assert.All(Dashboards.Queries(dashboard), panel => AreKnown(Dashboards.Asked(dashboard, panel.Query)));

    [Theory]
    [MemberData(nameof(Dashboards.Files), MemberType = typeof(Dashboards))]
    public void no_variable_of_a_dashboard_is_left_over(string dashboard) =>
        Assert.All(Dashboards.Queries(dashboard), panel => Assert.DoesNotContain('$', Dashboards.Asked(dashboard, panel.Query)));

    [Fact]
    public void every_metric_of_this_system_is_on_a_dashboard()
    {
        var shown = Dashboards.Names.SelectMany(Dashboards.Queries)
            .SelectMany(panel => Metrics.Named(panel.Query)).ToHashSet();
        var missing = Metrics.Own.Keys.Where(name => !name.EndsWith("_sum", StringComparison.Ordinal)
            && !name.EndsWith("_count", StringComparison.Ordinal) && !shown.Contains(name));
        Assert.Empty(missing);
    }

    [Fact]
    public void every_alert_asks_for_metrics_and_labels_that_exist() => Assert.All(Rules, rule => AreKnown(rule.Text("expr")!));

    [Fact]
    public void every_alert_has_a_section_in_the_runbook_and_every_section_an_alert()
    {
        var sections = Repository.Read("docs/runbook.md").Split('\n').Where(line => line.StartsWith("## Trading", StringComparison.Ordinal))
            .Select(line => line[3..].Trim()).ToList();
        Assert.Equal(Rules.Select(rule => rule.Text("alert")!).Order(), sections.Order());
        Assert.All(Rules,
            rule => Assert.Equal($"docs/runbook.md#{rule.Text("alert")!.ToLowerInvariant()}", rule.Text("annotations/runbook_url")));
    }

    [Fact]
    public void every_section_of_the_runbook_says_what_it_means_how_to_see_it_what_to_do_and_when_to_halt()
    {
        var sections = Repository.Read("docs/runbook.md").Split("\n## Trading", StringSplitOptions.None).Skip(1);
        Assert.All(sections, section => Assert.All(PartsOfSection,
            part => Assert.Contains(part, section, StringComparison.Ordinal)));
    }

    [Fact]
    public void every_alert_says_how_bad_it_is_and_what_it_saw() => Assert.All(Rules, rule =>
    {
        Assert.Contains(rule.Text("labels/severity"), Severities);
        Assert.NotEmpty(rule.Text("annotations/summary")!);
        Assert.NotEmpty(rule.Text("annotations/description")!);
    });

    [Fact]
    public void the_operators_rules_are_the_same() =>
        Assert.Equal(Yaml.File("k8s/monitoring/rules/trading.yml").At("groups")!.ToJsonString(),
            Yaml.File("k8s/components/prometheus-operator/prometheus-rule.yaml").At("spec/groups")!.ToJsonString());

    [ToolTheory("promtool")]
    [InlineData("check", "rules", "k8s/monitoring/rules/trading.yml")]
    [InlineData("test", "rules", "k8s/monitoring/rules/trading.test.yml")]
    [InlineData("check", "config", "--syntax-only", "k8s/monitoring/prometheus.yml")]
    public void Prometheus_takes_rules_and_configuration(params string[] command)
    {
        var (code, output, errors) = Tools.Run("promtool", command);
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public void every_alert_is_tried()
    {
        var tried = Repository.Read("k8s/monitoring/rules/trading.test.yml");
        Assert.All(Rules, rule => Assert.Contains(rule.Text("alert")!, tried, StringComparison.Ordinal));
    }

    private static void AreKnown(string query)
    {
        var own = Metrics.Named(query).Where(name => !name.StartsWith("messaging_", StringComparison.Ordinal)
            && !name.StartsWith("dotnet_", StringComparison.Ordinal) && !name.StartsWith("db_", StringComparison.Ordinal));
        Assert.All(own, name => Assert.True(Metrics.Own.ContainsKey(name), $"{name} is not measured: {query}"));
        foreach (var (metric, label) in Metrics.Labels(query)
            .Where(selector => Metrics.Own.ContainsKey(selector.Metric) && !LabelsOfAll.Contains(selector.Label)))
            Assert.True(Metrics.Own[metric].Contains(label), $"{metric} has no label {label}: {query}");
    }
}
