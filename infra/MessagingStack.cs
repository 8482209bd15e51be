using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.SNS;
using Amazon.CDK.AWS.SQS;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// Topics and queues as the application names them, encrypted, with who may publish what, and the two topics by which people are informed.
/// </summary>
public sealed class MessagingStack : TradingStack
{
    /// <summary>
    /// Seconds for which a message that was taken is hidden from others. The transport renews it while the message is handled. Pods must
    /// end within less (terminationGracePeriodSeconds), and what a killed pod had taken comes back after as long.
    /// </summary>
    public const int VisibilitySeconds = 120;

    /// <summary>
    /// A message that was taken as often without being handled goes to the error queue: it kills every program that takes
    /// it. Each end of a pod counts too, so it is not a small number.
    /// </summary>
    public const int MostReceives = 10;

    private const int SecondsPerDay = 86_400;

    /// <summary>Makes topics and queues.</summary>
    public MessagingStack(Construct scope, Deployment deployment)
        : base(scope, "messaging", "SNS topics and SQS queues between the services; topics of trades and alarms", deployment)
    {
        Topology = Topology.Of(deployment);
        // CloudWatch names no account when it encrypts; the topic's policy says whose alarms are taken.
        Key = NewKey("messages",
            ("sns.amazonaws.com", Access.When("ArnLike", "aws:SourceArn", Names.TopicArn($"{deployment.Scope}*"))),
            ("cloudwatch.amazonaws.com", null),
            ("budgets.amazonaws.com", Access.When("StringEquals", "aws:SourceAccount", Names.Account)));
        foreach (var topic in Topology.Topics)
            NewTopic(topic, null, Publishers(topic, Topology.PublishersOf(topic)));
        foreach (var queue in Topology.Deployed)
            NewQueue(queue);

        NewTopic(Names.TradeAlerts, "Bitcoin Trading Alerts", Publishers(Names.TradeAlerts, ["executor"]));
        NewTopic(Names.Alarms, "Trading alarms", Statement("AlarmsAndBudgets", "Allow", new Fields
        {
            ["Service"] = new[] { "cloudwatch.amazonaws.com", "budgets.amazonaws.com" },
        }, Names.Alarms, Access.When("StringEquals", "aws:SourceAccount", Names.Account)));
        foreach (var topic in new[] { Names.TradeAlerts, Names.Alarms }.Where(_ => deployment.AlertEmail is not null))
            _ = new CfnSubscription(this, $"Mail-{topic}",
                new CfnSubscriptionProps { TopicArn = Names.TopicArn(topic), Protocol = "email", Endpoint = deployment.AlertEmail })
                .DependsOn(topic, this);

        // Reads depths and ages and nothing else. The role is the operator's: with Pod Identity KEDA cannot take that of the service that
        // it scales. CloudWatch knows no resources for metrics.
        _ = new ServiceRole(this, "keda-operator", [Access.Allow("ReadQueueDepths", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
            [.. Topology.Deployed.SelectMany(queue => queue.AllNames).Select(Names.QueueArn)]),
            Access.Allow("ReadQueueAges", ["cloudwatch:GetMetricData"], ["*"])], "keda");
        var messageKey = new Amazon.CDK.AWS.SecretsManager.CfnSecret(this, "MessageKey", new Amazon.CDK.AWS.SecretsManager.CfnSecretProps
        {
            Name = Names.MessageKeySecret, KmsKeyId = Key.KeyArn,
            Description = "Keys that messages are signed with, one on each line as id:base64",
        });
        messageKey.ApplyRemovalPolicy(Keep);
        Output("MessageKeySecret", Names.MessageKeySecret, "Value of the setting MessageKeySecret; empty until a key was put there");
        Output("TradeAlertTopic", Names.TopicArn(Names.TradeAlerts), "Value of the setting AlertTopic");
        Output("AlarmTopic", Names.TopicArn(Names.Alarms), "Topic of alarms and costs");
    }

    /// <summary>Topics and queues of the deployment.</summary>
    public Topology Topology { get; }

    /// <summary>Encrypts topics and queues.</summary>
    public Key Key { get; }

    private void NewTopic(string name, string? display, params Fields[] statements)
    {
        var topic = new CfnTopic(this, $"Topic-{name}",
            new CfnTopicProps { TopicName = name, DisplayName = display, KmsMasterKeyId = Key.KeyArn });
        _ = new CfnTopicPolicy(this, $"TopicPolicy-{name}", new CfnTopicPolicyProps
        {
            Topics = [topic.Ref],
            PolicyDocument = Access.Policy([
                Statement("OnlyEncrypted", "Deny", "*", name, Access.When("Bool", "aws:SecureTransport", "false")),
                .. statements,
            ]),
        });
    }

    // A price, a prediction or an approval that someone else could publish would be traded on. Who has rights on all topics, by mistake
    // too, is refused here.
    private Fields Publishers(string topic, IReadOnlyList<string> accounts) => Statement(
        "OnlyItsServicePublishes", "Deny", "*", topic,
            Access.When("ArnNotEquals", "aws:PrincipalArn", accounts.Select(Names.RoleArn).ToArray()));

    private Fields Statement(string sid, string effect, object principal, string topic, Fields condition) => new()
    {
        ["Sid"] = sid, ["Effect"] = effect, ["Principal"] = principal, ["Action"] = "sns:Publish", ["Resource"] = Names.TopicArn(topic),
        ["Condition"] = condition,
    };

    private void NewQueue(TopologyQueue queue)
    {
        var beside = queue.SiblingSuffixes.Select(suffix => New(queue.Name + suffix, 14, redrive: null)).ToList();
        var main = New(queue.Name, 4, new Fields
        {
            ["deadLetterTargetArn"] = Names.QueueArn($"{queue.Name}_error"), ["maxReceiveCount"] = MostReceives,
        });
        beside.ForEach(main.AddDependency);
        _ = new CfnQueuePolicy(this, $"QueuePolicy-{queue.Name}", new CfnQueuePolicyProps
        {
            Queues = [main.Ref],
            PolicyDocument = Access.Policy(OnlyEncrypted(queue.Name), new Fields
            {
                // In the transport's own form: it looks for this at each start, and would write it itself where it found another.
                ["Effect"] = "Allow", ["Principal"] = new Fields { ["Service"] = "sns.amazonaws.com" },
                ["Action"] = "sqs:SendMessage",
                ["Resource"] = Names.QueueArn(queue.Name),
                ["Condition"] = Access.When("ArnLike", "aws:SourceArn", queue.SubscribesTo.Select(Names.TopicArn).ToArray()),
            }),
        });
        foreach (var topic in queue.SubscribesTo)
        {
            _ = new CfnSubscription(this, $"Subscription-{queue.Name}-{topic}", new CfnSubscriptionProps
            {
                TopicArn = Names.TopicArn(topic), Protocol = "sqs", Endpoint = main.AttrArn, RawMessageDelivery = true,
            }).DependsOn(topic, this);
        }
        Output($"Queue{Words(queue.Name)}", main.Ref, $"URL of {queue.Name}, for its ScaledObject");
    }

    private CfnQueue New(string name, int days, Fields? redrive)
    {
        var queue = new CfnQueue(this, $"Queue-{name}", new CfnQueueProps
        {
            QueueName = name, KmsMasterKeyId = Key.KeyArn, KmsDataKeyReusePeriodSeconds = 3600,
            MessageRetentionPeriod = days * SecondsPerDay,
            VisibilityTimeout = VisibilitySeconds, ReceiveMessageWaitTimeSeconds = 20, RedrivePolicy = redrive,
        });
        if (redrive is null)
            _ = new CfnQueuePolicy(this, $"QueuePolicy-{name}",
                new CfnQueuePolicyProps { Queues = [queue.Ref], PolicyDocument = Access.Policy(OnlyEncrypted(name)) });
        return queue;
    }

    private Fields OnlyEncrypted(string queue) => new()
    {
        ["Sid"] = "OnlyEncrypted", ["Effect"] = "Deny", ["Principal"] = "*", ["Action"] = "sqs:*", ["Resource"] = Names.QueueArn(queue),
        ["Condition"] = Access.When("Bool", "aws:SecureTransport", "false"),
    };

    private string Words(string queue) =>
        string.Concat(queue[(Deployment.Scope.Length + 1)..].Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}

/// <summary>Order between resources that know of each other by name alone.</summary>
internal static class Order
{
    /// <summary>Makes a subscription after its topic.</summary>
    public static CfnSubscription DependsOn(this CfnSubscription subscription, string topic, Construct stack)
    {
        subscription.AddDependency((CfnTopic)stack.Node.FindChild($"Topic-{topic}"));
        return subscription;
    }
}
