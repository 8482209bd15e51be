using Trading.Hosting.Telemetry;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Trading.Deploy.Tests;

/// <summary>The names under which Prometheus sees what is measured.</summary>
internal static partial class Metrics
{
    /// <summary>
    /// The names of this system's own metrics, made of its instruments as OpenTelemetry's exporter makes them, each with the labels that
    /// docs/metrics.md gives it.
    /// </summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Own { get; } = Read();

    /// <summary>The names in a query that begin like metrics.</summary>
    public static IEnumerable<string> Named(string query) =>
        NamePattern().Matches(StringPattern().Replace(query, "\"\"")).Select(match => match.Value).Distinct();

    /// <summary>Metric and labels of each selector of a query.</summary>
    public static IEnumerable<(string Metric, string Label)> Labels(string query) =>
        SelectorPattern().Matches(query).SelectMany(selector =>
            LabelPattern().Matches(selector.Groups[2].Value).Select(label => (selector.Groups[1].Value, label.Groups[1].Value)));

    private static Dictionary<string, IReadOnlyList<string>> Read()
    {
        var documented = Repository.Read("docs/metrics.md").Split('\n').Select(line => RowPattern().Match(line)).Where(row => row.Success)
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries));
        var names = new Dictionary<string, IReadOnlyList<string>>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => Add(instrument) };
        listener.Start();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _ = new TradingMetrics(services.GetRequiredService<IMeterFactory>());
        return names;

        void Add(Instrument instrument)
        {
            if (instrument.Meter.Name != TradingMetrics.Name)
                return;
            var kind = instrument.GetType().Name;
            var name = instrument.Name.Replace('.', '_');
            var unit = instrument.Unit switch
            {
                "s" => "_seconds",
                null or "" or "1" => "",
                ['{', ..] => "",
                var other => $"_{other}"
            };
            var labels = documented[instrument.Name];
            string[] suffixes = kind.StartsWith("Counter", StringComparison.Ordinal)
                ? ["_total"] : kind.StartsWith("Histogram", StringComparison.Ordinal) ? ["_bucket", "_sum", "_count"] : [""];
            foreach (var suffix in suffixes)
                names[name + unit + suffix] = labels;
        }
    }

    [GeneratedRegex(@"\b(?:trading|messaging|dotnet|db_client|PredictionAccuracy|TradeSuccessRate|PortfolioValue|RiskScore)(?:_\w+|\b)")]
    private static partial Regex NamePattern();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex StringPattern();

    [GeneratedRegex(@"(\w+)\{([^}]*)\}")]
    private static partial Regex SelectorPattern();

    [GeneratedRegex(@"(\w+)\s*(?:=~|!~|!=|=)")]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^\| `([\w.]+)`(?: \{([^}]*)\})? \|")]
    private static partial Regex RowPattern();
}
