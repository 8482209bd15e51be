using Amazon.CDK.AWS.Budgets;
using Amazon.CDK.AWS.CloudWatch;
using Constructs;

namespace Trading.Infra;

/// <summary>Dashboard, alarms, budget, and where logs and metrics of the services go.</summary>
public sealed class MonitoringStack : TradingStack
{
    private readonly MessagingStack _messaging;

    /// <summary>Makes them.</summary>
    public MonitoringStack(Construct scope, Deployment deployment, NetworkStack network, MessagingStack messaging)
        : base(scope, "monitoring", "CloudWatch dashboard and alarms, budget, logs and metrics of the services", deployment)
    {
        _messaging = messaging;
        foreach (var (id, name) in new[] { ("ServiceLogs", Names.ServiceLogs), ("MetricLogs", Names.MetricLogs) })
            _ = NewLogs(id, name, network.LogKey);
        // The collector writes metrics as log lines, from which CloudWatch makes metrics by itself.
        _ = new ServiceRole(this, "otel-collector",
        [
            Access.Allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                [Names.LogGroupArn($"{Names.ServiceLogs}:*"), Names.LogGroupArn($"{Names.MetricLogs}:*")]),
            Access.Allow("FindLogs", ["logs:DescribeLogGroups"], ["*"]),
        ]);
        var dashboard = new CfnDashboard(this, "Dashboard",
            new CfnDashboardProps { DashboardName = Names.System, DashboardBody = Dashboards.Body(Names, messaging.Topology) });
        var alarms = Alarms.Of(Names, messaging.Topology, Stage.PriceIntervalSeconds, Stage.MaxCapacity).ToList();
        foreach (var alarm in alarms)
            New(alarm);
        Budget();

        Output("DashboardName", dashboard.Ref, "Dashboard in CloudWatch");
        Output("MetricNamespace", Names.MetricNamespace, "Namespace that the collector writes metrics to");
        Output("MetricLogGroup", Names.MetricLogs, "Log group that the collector writes metrics to");
        Output("ServiceLogGroup", Names.ServiceLogs, "Log group of the services");
    }

    private void New(TradingAlarm alarm) => _ = new CfnAlarm(this, $"Alarm-{alarm.Name}", new CfnAlarmProps
    {
        AlarmName = $"{Names.System}-{alarm.Name}",
        AlarmDescription = alarm.Meaning,
        Namespace = alarm.Namespace,
        MetricName = alarm.Metric,
        Dimensions = alarm.Dimensions.Select(dimension => new CfnAlarm.DimensionProperty { Name = dimension.Key, Value = dimension.Value })
            .ToArray(),
        Statistic = alarm.Statistic,
        ComparisonOperator = alarm.Below ? "LessThanThreshold" : "GreaterThanOrEqualToThreshold",
        Threshold = alarm.Threshold,
        Period = alarm.PeriodSeconds,
        EvaluationPeriods = alarm.Periods,
        DatapointsToAlarm = alarm.Periods,
        TreatMissingData = alarm.SilenceIsBad ? "breaching" : "notBreaching",
        AlarmActions = [Names.TopicArn(Names.Alarms)],
        OkActions = [Names.TopicArn(Names.Alarms)],
    });

    private void Budget()
    {
        var subscriber = new CfnBudget.SubscriberProperty { SubscriptionType = "SNS", Address = Names.TopicArn(Names.Alarms) };
        _ = new CfnBudget(this, "Budget", new CfnBudgetProps
        {
            Budget = new CfnBudget.BudgetDataProperty
            {
                BudgetName = Names.System, BudgetType = "COST", TimeUnit = "MONTHLY",
                BudgetLimit = new CfnBudget.SpendProperty { Amount = Deployment.BudgetUsd, Unit = "USD" },
            },
            NotificationsWithSubscribers = new[] { ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100) }.Select(when =>
                new CfnBudget.NotificationWithSubscribersProperty
                {
                    Notification = new CfnBudget.NotificationProperty
                    {
                        NotificationType = when.Item1, Threshold = when.Item2, ThresholdType = "PERCENTAGE",
                        ComparisonOperator = "GREATER_THAN",
                    },
                    Subscribers = new[] { subscriber },
                }).ToArray(),
        });
    }
}
