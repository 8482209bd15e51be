using System.Text.Json.Nodes;
using Amazon.CDK.Assertions;
using Obj = System.Collections.Generic.Dictionary<string, object>;

namespace Trading.Infra.Tests;

[Collection(nameof(Cdk))]
public class MessagingTests
{
    private static readonly Synthesized Prod = Synthesized.Prod;
    private static readonly string[] Queues = ["trading-predictor", "trading-risk-manager", "trading-executor", "trading-alerts",
        "trading-trade-table"];

    [Fact]
    public void queues_and_topics_are_those_of_the_application_and_the_two_that_tell_people()
    {
        Assert.Equal(Queues.SelectMany(queue => new[] { queue, $"{queue}_error", $"{queue}_skipped" }).Order(StringComparer.Ordinal),
            Prod.All("AWS::SQS::Queue").Select(queue => Text(queue.Properties["QueueName"])).Order(StringComparer.Ordinal));
        Assert.Equal([.. Prod.Topology.Topics, "trading-alarms", "trading-trade-alerts"],
            Prod.All("AWS::SNS::Topic").Select(topic => Text(topic.Properties["TopicName"]))
                .OrderBy(name => !name.StartsWith("trading_", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.Ordinal));
        Prod.Of("messaging").HasResourceProperties("AWS::SNS::Topic",
            new Obj { ["TopicName"] = "trading-trade-alerts", ["DisplayName"] = "Bitcoin Trading Alerts" });
    }

    [Fact]
    public void messages_are_encrypted_with_a_key_of_the_account()
    {
        Assert.All(Prod.All("AWS::SQS::Queue"), queue => Assert.NotNull(queue.Properties["KmsMasterKeyId"]));
        Assert.All(Prod.All("AWS::SNS::Topic"), topic => Assert.NotNull(topic.Properties["KmsMasterKeyId"]));
    }

    [Fact]
    public void a_message_that_kills_every_program_that_takes_it_ends_in_the_error_queue_that_is_kept_for_14_days()
    {
        foreach (var queue in Queues)
        {
            Prod.Of("messaging").HasResourceProperties("AWS::SQS::Queue", new Obj
            {
                ["QueueName"] = queue, ["VisibilityTimeout"] = 120, ["ReceiveMessageWaitTimeSeconds"] = 20,
                ["MessageRetentionPeriod"] = 345_600,
                ["RedrivePolicy"] = new Obj { ["deadLetterTargetArn"] = Prod.Names.QueueArn($"{queue}_error"), ["maxReceiveCount"] = 10 },
            });
            Prod.Of("messaging").HasResourceProperties("AWS::SQS::Queue",
                new Obj { ["QueueName"] = $"{queue}_error", ["MessageRetentionPeriod"] = 1_209_600, ["RedrivePolicy"] = Match.Absent() });
        }
    }

    [Fact]
    public void every_queue_and_topic_refuses_connections_without_tls()
    {
        var policies = Prod.All("AWS::SQS::QueuePolicy").Concat(Prod.All("AWS::SNS::TopicPolicy")).ToList();
        Assert.Equal(Prod.All("AWS::SQS::Queue").Count() + Prod.All("AWS::SNS::Topic").Count(), policies.Count);
        Assert.All(policies, policy => Assert.Contains(Statements(policy.Properties),
            statement => Text(statement["Effect"]) == "Deny"
                && statement["Condition"]?["Bool"]?["aws:SecureTransport"]?.GetValue<string>() == "false"));
    }

    [Fact]
    public void sns_delivers_into_a_queue_from_its_topics_alone_raw_and_in_the_form_that_the_transport_looks_for()
    {
        foreach (var queue in Prod.Topology.Deployed)
        {
            var policy = Prod.All("AWS::SQS::QueuePolicy").Select(one => one.Properties).Single(one => Statements(one).Any(statement =>
                Text(statement["Effect"]) == "Allow" && Text(statement["Resource"]) == Prod.Names.QueueArn(queue.Name)));
            var allow = Assert.Single(Statements(policy), statement => Text(statement["Effect"]) == "Allow");
            Assert.Equal("sns.amazonaws.com", Text(allow["Principal"]!["Service"]));
            Assert.Equal("sqs:SendMessage", Text(allow["Action"]));
            Assert.Equal(queue.SubscribesTo.Select(Prod.Names.TopicArn), Rights.Texts(allow["Condition"]!["ArnLike"]!["aws:SourceArn"]));
            foreach (var topic in queue.SubscribesTo)
                Assert.Contains(Prod.All("AWS::SNS::Subscription"), one => Text(one.Properties["TopicArn"]) == Prod.Names.TopicArn(topic)
                    && one.Properties["RawMessageDelivery"]!.GetValue<bool>());
        }
        Assert.Equal(Prod.Topology.Deployed.Sum(queue => queue.SubscribesTo.Count), Prod.All("AWS::SNS::Subscription").Count());
    }

    [Theory]
    [InlineData("trading_Trading_Contracts-PriceObserved", "price-collector")]
    [InlineData("trading_Trading_Contracts-PredictionMade", "predictor")]
    [InlineData("trading_Trading_Contracts-RiskAssessed", "risk-manager")]
    [InlineData("trading_Trading_Contracts-TradeExecuted", "executor")]
    [InlineData("trading-trade-alerts", "executor")]
    public void a_topic_refuses_all_but_its_publisher_whatever_rights_it_has(string topic, string publisher)
    {
        var policy = Prod.All("AWS::SNS::TopicPolicy").SelectMany(one => Statements(one.Properties))
            .Where(statement => Text(statement["Resource"]) == Prod.Names.TopicArn(topic));
        var refusal = Assert.Single(policy, statement => statement["Condition"]?["ArnNotEquals"] is not null);
        Assert.Equal(("Deny", "sns:Publish", "*"), (Text(refusal["Effect"]), Text(refusal["Action"]), Text(refusal["Principal"])));
        Assert.Equal([Prod.Names.RoleArn(publisher)], Rights.Texts(refusal["Condition"]!["ArnNotEquals"]!["aws:PrincipalArn"]));
    }

    [Fact]
    public void alarms_and_budgets_of_this_account_alone_reach_the_operators()
    {
        var allow = Assert.Single(Prod.All("AWS::SNS::TopicPolicy").SelectMany(one => Statements(one.Properties)), statement =>
            Text(statement["Effect"]) == "Allow");
        Assert.Equal(Prod.Names.TopicArn("trading-alarms"), Text(allow["Resource"]));
        Assert.Equal(["cloudwatch.amazonaws.com", "budgets.amazonaws.com"], Rights.Texts(allow["Principal"]!["Service"]));
        Assert.Equal(Synthesized.Account, Text(allow["Condition"]!["StringEquals"]!["aws:SourceAccount"]));
    }

    [Fact]
    public void people_are_reported_by_mail_where_an_address_is_given()
    {
        Assert.DoesNotContain(Prod.All("AWS::SNS::Subscription"), one => Text(one.Properties["Protocol"]) == "email");
        Assert.Equal(["ops@example.com", "ops@example.com"], Synthesized.Everything.All("AWS::SNS::Subscription")
            .Where(one => Text(one.Properties["Protocol"]) == "email").Select(one => Text(one.Properties["Endpoint"])));
    }

    private static IEnumerable<JsonObject> Statements(JsonObject policy) =>
        policy["PolicyDocument"]!["Statement"]!.AsArray().Select(statement => statement!.AsObject());

    private static string Text(JsonNode? node) => node is JsonValue value ? value.GetValue<string>() : "";
}
