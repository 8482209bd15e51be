using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Match = Amazon.CDK.Assertions.Match;
using Obj = System.Collections.Generic.Dictionary<string, object>;

namespace Trading.Infra.Tests;

[Collection(nameof(Cdk))]
public class MonitoringTests
{
    private static readonly Synthesized Prod = Synthesized.Prod;

    [Theory]
    [InlineData("PredictionAccuracy")]
    [InlineData("TradeSuccessRate")]
    [InlineData("PortfolioValue")]
    [InlineData("RiskScore")]
    [InlineData("trading.seal.lag")]
    [InlineData("trading.price_to_decision")]
    public void the_dashboard_shows_a_figure(string metric) => Assert.Contains($"MetricName=\\\"{metric}\\\"", Dashboard());

    [Fact]
    public void every_figure_that_is_shown_or_watched_is_one_that_the_application_measures()
    {
        var measured = Regex.Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md")), "^\\| `([A-Za-z._]+)`",
            RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).ToHashSet();
        var used = Regex.Matches(Dashboard(), "MetricName=\\\\\"([A-Za-z._]+)").Select(match => match.Groups[1].Value)
            .Concat(OwnAlarms().Select(alarm => alarm["MetricName"]!.GetValue<string>())).ToHashSet();
        Assert.Empty(used.Except(measured));
        Assert.True(used.Count > 20);
    }

    [Fact]
    public void an_alarm_shows_the_operators_when_it_begins_and_when_it_ends_and_says_what_it_means()
    {
        Assert.All(Prod.All("AWS::CloudWatch::Alarm"), alarm =>
        {
            Assert.Equal([Prod.Names.TopicArn("trading-alarms")], Rights.Texts(alarm.Properties["AlarmActions"]));
            Assert.Equal([Prod.Names.TopicArn("trading-alarms")], Rights.Texts(alarm.Properties["OKActions"]));
            Assert.True(alarm.Properties["AlarmDescription"]!.GetValue<string>().Length > 20);
        });
    }

    [Fact]
    public void every_queue_is_watched_for_what_fails_and_what_waits()
    {
        var watched = Prod.All("AWS::CloudWatch::Alarm").SelectMany(alarm => alarm.Properties["Dimensions"]?.AsArray() ?? [])
            .Where(dimension => dimension!["Name"]!.GetValue<string>() == "QueueName")
                .Select(dimension => dimension!["Value"]!.GetValue<string>());
        Assert.Equal(Prod.Topology.Deployed.SelectMany(queue => queue.AllNames).Order(StringComparer.Ordinal),
            watched.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void silence_of_prices_is_an_alarm() => Prod.Of("monitoring").HasResourceProperties("AWS::CloudWatch::Alarm", new Obj
    {
        ["AlarmName"] = "trading-prod-no-prices", ["MetricName"] = "trading.prices", ["TreatMissingData"] = "breaching",
        ["ComparisonOperator"] = "LessThanThreshold",
    });

    [Fact]
    public void costs_are_reported_before_they_are_beyond_the_budget()
    {
        Prod.Of("monitoring").HasResourceProperties("AWS::Budgets::Budget", new Obj
        {
            ["Budget"] = Match.ObjectLike(new Obj
            {
                ["TimeUnit"] = "MONTHLY",
                ["BudgetLimit"] = new Obj { ["Amount"] = Stage.Prod.BudgetUsd, ["Unit"] = "USD" }
            }),
        });
        var notifications = Prod.All("AWS::Budgets::Budget").Single().Properties["NotificationsWithSubscribers"]!.AsArray();
        Assert.Equal(["ACTUAL 80", "ACTUAL 100", "FORECASTED 100"],
            notifications.Select(one => $"{one!["Notification"]!["NotificationType"]} {one["Notification"]!["Threshold"]}"));
        Assert.All(notifications, one =>
            Assert.Equal(Prod.Names.TopicArn("trading-alarms"), one!["Subscribers"]![0]!["Address"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("dev", 30)]
    [InlineData("prod", 365)]
    public void every_log_is_encrypted_and_ends(string stage, int days)
    {
        var groups = (stage == "dev" ? Synthesized.Dev : Prod).All("AWS::Logs::LogGroup").Select(group => group.Properties).ToList();
        Assert.Equal(5, groups.Count);
        Assert.All(groups, group => Assert.Equal(days, group["RetentionInDays"]!.GetValue<int>()));
        Assert.All(groups, group => Assert.NotNull(group["KmsKeyId"]));
    }

    private static string Dashboard() =>
        Prod.All("AWS::CloudWatch::Dashboard").Single().Properties["DashboardBody"]!.GetValue<string>()
        .Replace("\\u0022", "\\\"", StringComparison.Ordinal);

    private static IEnumerable<JsonObject> OwnAlarms() =>
        Prod.All("AWS::CloudWatch::Alarm").Select(alarm => alarm.Properties)
            .Where(alarm => alarm["Namespace"]!.GetValue<string>() == Prod.Names.MetricNamespace);
}
