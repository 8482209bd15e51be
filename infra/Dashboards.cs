using System.Text.Json;

namespace Trading.Infra;

/// <summary>The dashboard in CloudWatch: the original's four figures on top, then the system's own, then what it runs on.</summary>
public static class Dashboards
{
    private const int Columns = 24;
    private const int Height = 6;

    /// <summary>The dashboard as CloudWatch reads it.</summary>
    public static string Body(Names names, Topology topology)
    {
        var widgets = new List<object>();
        string[] symbol = ["model", "symbol"];
        Row(Trading("PredictionAccuracy", "Share of right directions", "Average", symbol),
            Trading("TradeSuccessRate", "Share of sales that won", "Maximum"),
            Trading("PortfolioValue", "Value of the account, USD", "Average", "account"),
                Trading("RiskScore", "Used part of the tightest limit", "Maximum", "account"));
        Row(Trading("trading.prices", "Prices", "Sum", "symbol"), Trading("trading.assessments", "Decisions", "Sum", "verdict", "rule"),
            Trading("trading.trades", "Ended orders", "Sum", "side", "outcome"),
                Trading("trading.exits", "Exits", "Sum", "reason", "verdict"));
        Row(Trading("trading.model.skill", "Skill against no change", "Average", symbol),
            Trading("trading.models.latency", "Seconds that models take", "Average", "model"),
            Trading("trading.models.abstained", "Predictions not made", "Sum", "model"),
                Trading("trading.models.tokens", "Tokens", "Sum", "model", "kind"));
        Row(Trading("trading.price_to_decision", "Seconds from price to decision", "Average"),
            Trading("trading.decision_to_execution", "Seconds from decision to end of order", "Average"),
            Trading("trading.exchange.unanswered", "Unanswered by the exchange", "Sum", "exchange", "why"),
                Trading("trading.exchange.differences", "Differences from the exchange", "Maximum", "exchange"));
        Row(Trading("trading.seal.lag", "Seconds since the journal was sealed to its end", "Maximum"),
            Trading("trading.seal.events", "Sealed events", "Sum"),
            Trading("trading.store.waiting", "Writes that wait for a store", "Maximum", "store"),
                Trading("trading.alerts", "Alerts", "Sum", "channel", "outcome"));
        var queues = topology.Deployed.ToList();
        Row(Aws("Messages that wait", "Maximum",
            queues.Select(queue => Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.Name))),
            Aws("Age of the oldest message, s", "Maximum",
                queues.Select(queue => Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.Name))),
            Aws("Failed and skipped messages", "Maximum", queues.SelectMany(queue => queue.AllNames.Skip(1))
                .Select(queue => Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue))),
            Aws("Published messages", "Sum",
                topology.Topics.Select(topic => Metric("AWS/SNS", "NumberOfMessagesPublished", "TopicName", topic))));
        Row(Aws("Capacity of the database", "Average", [Database("ServerlessDatabaseCapacity")]),
            Aws("Commits: latency, ms", "Average", [Database("CommitLatency")]),
            Aws("Connections", "Maximum", [Database("DatabaseConnections")]),
                Aws("Bytes of the journal", "Maximum", [Database("VolumeBytesUsed")]));
        return JsonSerializer.Serialize(new { widgets });

        void Row(params object[] properties)
        {
            var (y, width) = (widgets.Count / 4 * Height, Columns / properties.Length);
            widgets.AddRange(properties.Select((property, at) =>
                (object)new { type = "metric", x = at * width, y, width, height = Height, properties = property }));
        }

        // A series for each value of the dimensions: which there are is found when the page is shown.
        object Trading(string metric, string title, string statistic, params string[] dimensions)
        {
            string[] schema = [names.MetricNamespace, .. dimensions];
            // A namespace with a slash stands in quotes.
            var space = string.Join(',', schema.Select(part => part.Contains('/', StringComparison.Ordinal) ? $"\"{part}\"" : part));
            var search = $"SEARCH('{{{space}}} MetricName=\"{metric}\"', '{statistic}', 300)";
            object[] expression = [new { expression = search, id = "e1", label = "" }];
            return new
            {
                title = $"{title} ({metric})",
                region = names.Deployment.Region,
                view = "timeSeries",
                stat = statistic,
                period = 300,
                metrics = new[] { expression }
            };
        }

        object Aws(string title, string statistic, IEnumerable<string[]> metrics) =>
            new
            {
                title,
                region = names.Deployment.Region,
                view = "timeSeries",
                stat = statistic,
                period = 60,
                metrics = metrics.ToArray()
            };

        string[] Metric(string space, string metric, string dimension, string value) => [space, metric, dimension, value];

        string[] Database(string metric) => Metric("AWS/RDS", metric, "DBClusterIdentifier", names.Database);
    }
}
