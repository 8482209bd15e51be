namespace Trading.Infra;

/// <summary>An alarm, sent when it begins and when it ends.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Meaning">What it means and what to do first.</param>
/// <param name="Namespace">Namespace of the metric.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Statistic">Sum, Average, Minimum or Maximum of a period.</param>
/// <param name="Threshold">From which value on; below which where Below says so.</param>
public sealed record TradingAlarm(string Name, string Meaning, string Namespace, string Metric, string Statistic, double Threshold)
{
    /// <summary>Dimensions of the metric.</summary>
    public IReadOnlyDictionary<string, string> Dimensions { get; init; } = new Dictionary<string, string>();

    /// <summary>Seconds of a period.</summary>
    public int PeriodSeconds { get; init; } = 60;

    /// <summary>Periods in a row.</summary>
    public int Periods { get; init; } = 1;

    /// <summary>Whether values below the threshold are bad.</summary>
    public bool Below { get; init; }

    /// <summary>Whether no value at all is bad too.</summary>
    public bool SilenceIsBad { get; init; }
}

/// <summary>The alarms of the system.</summary>
public static class Alarms
{
    /// <summary>All alarms of a deployment.</summary>
    public static IEnumerable<TradingAlarm> Of(Names names, Topology topology, int priceIntervalSeconds, double maxCapacity) =>
        [.. OfTrading(names, priceIntervalSeconds), .. topology.Deployed.SelectMany(OfQueue), .. topology.Topics.Select(OfTopic),
            .. OfDatabase(names, maxCapacity), .. OfStores(names)];

    // The collector writes each of these metrics once without dimensions: an alarm cannot look for a series that may not be there yet.
    private static IEnumerable<TradingAlarm> OfTrading(Names names, int priceIntervalSeconds)
    {
        yield return Trading("no-prices", "No price for several intervals: look at PriceCollector and its sources", "trading.prices", "Sum",
            1)
            with
        { PeriodSeconds = Math.Max(300, 2 * priceIntervalSeconds), Periods = 2, Below = true, SilenceIsBad = true };
        yield return Trading("journal-not-sealed", "Events wait to be sealed: look at the Executor that leads and at the database",
            "trading.seal.lag", "Maximum", 120) with
        { Periods = 3 };
        yield return Trading("exchange-differs", "Exchange and journal differ: trading has halted; see `trading control status`",
            "trading.exchange.differences", "Maximum", 1);
        yield return Trading("store-drops", "A store was away for so long that prices were dropped: back-fill them",
            "trading.store.dropped", "Sum", 1);
        yield return Trading("risk-exhausted", "A limit is used up, or trading is halted", "RiskScore", "Maximum", 1) with { Periods = 5 };
        yield return Trading("predictions-wrong", "Fewer than 4 in 10 directions were right over six hours: halt, or raise the thresholds",
            "PredictionAccuracy", "Average", 0.4)
            with
        { PeriodSeconds = 3600, Periods = 6, Below = true };
        yield return Trading("model-abstains", "A model does not answer most of the time", "trading.models.abstain_rate", "Maximum",
            0.5) with
        { PeriodSeconds = 900 };
        yield return Trading("exchange-silent", "The exchange leaves orders or questions unanswered", "trading.exchange.unanswered", "Sum",
            5) with
        { PeriodSeconds = 300 };

        TradingAlarm Trading(string name, string meaning, string metric, string statistic, double threshold) =>
            new(name, meaning, names.MetricNamespace, metric, statistic, threshold);
    }

    private static IEnumerable<TradingAlarm> OfQueue(TopologyQueue queue)
    {
        foreach (var sibling in queue.AllNames.Skip(1))
        {
            yield return Queue(sibling, $"stuck-{sibling}", $"Messages failed or were not understood: `trading queues peek {sibling}`",
                "ApproximateNumberOfMessagesVisible", 1);
        }
        yield return Queue(queue.Name, $"late-{queue.Name}", $"Messages wait for so long that they expire: are pods of {queue.Reader} "
            + $"running and scaled?", "ApproximateAgeOfOldestMessage", 90)
            with
        { Periods = 3 };

        static TradingAlarm Queue(string queue, string name, string meaning, string metric, double threshold) =>
            new(name, meaning, "AWS/SQS", metric, "Maximum", threshold)
            { Dimensions = new Dictionary<string, string> { ["QueueName"] = queue } };
    }

    private static TradingAlarm OfTopic(string topic) =>
        new($"undelivered-{topic}", "SNS could not deliver into a queue: is its policy or the key's as it should be?", "AWS/SNS",
            "NumberOfNotificationsFailed", "Sum", 1)
        { Dimensions = new Dictionary<string, string> { ["TopicName"] = topic } };

    private static IEnumerable<TradingAlarm> OfDatabase(Names names, double maxCapacity)
    {
        yield return Database("database-at-its-limit", "The database has used most of its capacity for 15 minutes: raise MaxCapacity",
            "ServerlessDatabaseCapacity", "Average", 0.9 * maxCapacity)
            with
        { PeriodSeconds = 300, Periods = 3 };
        yield return Database("database-commits-slow", "Commits take long: every decision waits for them", "CommitLatency", "Average",
            50) with
        { Periods = 5 };
        yield return Database("database-connections", "Connections are nearly used up", "DatabaseConnections", "Maximum",
            150) with
        { Periods = 5 };
        yield return Database("database-old-transactions", "Transaction numbers run out: vacuum does not keep up",
            "MaximumUsedTransactionIDs", "Maximum", 1_000_000_000) with
        { PeriodSeconds = 300 };

        TradingAlarm Database(string name, string meaning, string metric, string statistic, double threshold) =>
            new(name, meaning, "AWS/RDS", metric, statistic, threshold)
            { Dimensions = new Dictionary<string, string> { ["DBClusterIdentifier"] = names.Database } };
    }

    private static IEnumerable<TradingAlarm> OfStores(Names names) => new[] { names.PriceTable, names.TradeTable }.Select(table =>
        new TradingAlarm($"throttled-{table}", "DynamoDB refuses writes for their rate: they wait and are tried again", "AWS/DynamoDB",
            "WriteThrottleEvents", "Sum", 1)
        { Dimensions = new Dictionary<string, string> { ["TableName"] = table }, PeriodSeconds = 300 });
}
