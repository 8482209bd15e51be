namespace Trading.Infra.Tests;

/// <summary>Queues and topics that a role may use.</summary>
[Collection(nameof(Cdk))]
public class MessageRightsTests : RightsTest
{
    private const string Prices = "trading_Trading_Contracts-PriceObserved";
    private const string Predictions = "trading_Trading_Contracts-PredictionMade";
    private const string Assessments = "trading_Trading_Contracts-RiskAssessed";
    private const string Executions = "trading_Trading_Contracts-TradeExecuted";

    [Theory]
    [InlineData("predictor", "trading-predictor")]
    [InlineData("risk-manager", "trading-risk-manager")]
    [InlineData("executor", "trading-executor", "trading-alerts", "trading-trade-table")]
    [InlineData("price-collector")]
    [InlineData("dashboard")]
    [InlineData("journal-migration")]
    [InlineData("keda-operator")]
    [InlineData("external-secrets")]
    [InlineData("otel-collector")]
    public void a_role_receives_from_the_queues_of_its_service_alone(string account, params string[] queues) =>
        Assert.Equal(queues.SelectMany(queue => new[] { queue, $"{queue}_error", $"{queue}_skipped" }).Order(), EveryQueue().Where(queue =>
            Rights.May(Names.Role(account), "sqs:ReceiveMessage", Names.QueueArn(queue))
                && Rights.May(Names.Role(account), "sqs:DeleteMessage", Names.QueueArn(queue))
            && Rights.May(Names.Role(account), "sqs:SendMessage", Names.QueueArn(queue))).Order());

    [Theory]
    [InlineData("price-collector", Prices)]
    [InlineData("predictor", Predictions)]
    [InlineData("risk-manager", Assessments)]
    [InlineData("executor", Executions, "trading-trade-alerts")]
    [InlineData("dashboard")]
    [InlineData("journal-migration")]
    [InlineData("keda-operator")]
    [InlineData("external-secrets")]
    [InlineData("otel-collector")]
    public void a_role_publishes_to_the_topics_of_its_service_alone(string account, params string[] topics) =>
        Assert.Equal(topics.Order(), new[] { Prices, Predictions, Assessments, Executions, Names.TradeAlerts, Names.Alarms }
            .Where(topic => Rights.May(Names.Role(account), "sns:Publish", Names.TopicArn(topic))).Order());

    [Fact]
    public void the_scaler_reads_the_depth_and_the_age_of_every_queue_and_does_nothing_else()
    {
        Assert.All(EveryQueue(), queue =>
            Assert.True(Rights.May(Names.Role("keda-operator"), "sqs:GetQueueAttributes", Names.QueueArn(queue))));
        Assert.True(Rights.May(Names.Role("keda-operator"), "cloudwatch:GetMetricData", "*"));
        Assert.Equal(["cloudwatch:GetMetricData", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"], Actions("keda-operator").Order());
        Assert.False(Rights.May(Names.Role("keda-operator"), "sqs:GetQueueAttributes", Names.QueueArn("someone-elses")));
    }

    [Fact]
    public void the_executor_sees_the_depth_of_every_error_queue()
    {
        Assert.True(Rights.May(Names.Role("executor"), "sqs:GetQueueAttributes", Names.QueueArn("trading-predictor_error")));
        Assert.False(Rights.May(Names.Role("executor"), "sqs:ReceiveMessage", Names.QueueArn("trading-predictor_error")));
    }

    [Fact]
    public void a_service_may_subscribe_its_own_queue_to_its_own_topic_and_no_other()
    {
        var (predictor, queue) = (Names.Role("predictor"), Names.QueueArn("trading-predictor"));
        Assert.True(Rights.May(predictor, "sns:Subscribe", Names.TopicArn(Prices), ("sns:Protocol", "sqs"), ("sns:Endpoint", queue)));
        Assert.False(Rights.May(predictor, "sns:Subscribe", Names.TopicArn(Prices), ("sns:Protocol", "sqs"),
            ("sns:Endpoint", Names.QueueArn("trading-executor"))));
        Assert.False(Rights.May(predictor, "sns:Subscribe", Names.TopicArn(Prices), ("sns:Protocol", "email"),
            ("sns:Endpoint", "someone@example.com")));
        Assert.False(Rights.May(predictor, "sns:Subscribe", Names.TopicArn(Executions), ("sns:Protocol", "sqs"), ("sns:Endpoint", queue)));
    }

    private static IEnumerable<string> EveryQueue() => Synthesized.Prod.Topology.Deployed.SelectMany(queue => queue.AllNames);
}
