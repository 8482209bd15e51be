namespace Trading.Infra;

/// <summary>Statements of IAM policies, as CloudFormation writes them.</summary>
public static class Access
{
    /// <summary>Allows actions on resources to whom the policy is attached to.</summary>
    public static Fields Allow(string sid, string[] actions, string[] resources, Fields? condition = null)
    {
        var statement = new Fields { ["Sid"] = sid, ["Effect"] = "Allow", ["Action"] = actions, ["Resource"] = resources };
        if (condition is not null)
            statement["Condition"] = condition;
        return statement;
    }

    /// <summary>A policy of statements.</summary>
    public static Fields Policy(params Fields[] statements) =>
        new() { ["Version"] = "2012-10-17", ["Statement"] = statements };

    /// <summary>A condition of one operator.</summary>
    public static Fields When(string test, string key, object value) =>
        new() { [test] = new Fields { [key] = value } };

    /// <summary>Several conditions, all of which must hold.</summary>
    public static Fields All(params Fields[] conditions) =>
        conditions.SelectMany(condition => condition)
        .GroupBy(condition => condition.Key)
        .ToDictionary(tests => tests.Key, tests => (object)tests.SelectMany(test => (Fields)test.Value).ToDictionary());

    /// <summary>Reading and writing what a key encrypts, through services alone and never by asking KMS itself.</summary>
    public static Fields UseKey(string sid, string keyArn, string region, params string[] services) => Allow(
        sid, ["kms:Decrypt", "kms:GenerateDataKey"], [keyArn],
        When("StringEquals", "kms:ViaService", services.Select(service => $"{service}.{region}.amazonaws.com").ToArray()));

    /// <summary>Reading the keys that messages are signed with: every service that sends or takes messages.</summary>
    public static Fields[] ReadMessageKey(Names names, string keyArn) =>
    [
        Allow("ReadMessageKey", ["secretsmanager:GetSecretValue"], [names.SecretArn(names.MessageKeySecret)]),
        Allow("DecryptMessageKey", ["kms:Decrypt"], [keyArn],
            When("StringEquals", "kms:ViaService", $"secretsmanager.{names.Deployment.Region}.amazonaws.com")),
    ];

    /// <summary>Reading secrets by their names. What Secrets Manager encrypts is decrypted on its behalf alone.</summary>
    public static Fields[] ReadSecrets(Names names, string keyArn, params string[] secrets) =>
    [
        Allow("ReadOwnSecrets", ["secretsmanager:GetSecretValue"], [.. secrets.Select(names.SecretArn)]),
        Allow("DecryptSecrets", ["kms:Decrypt"], [keyArn],
            When("StringEquals", "kms:ViaService", $"secretsmanager.{names.Deployment.Region}.amazonaws.com")),
    ];

    /// <summary>
    /// What the transport asks of SNS and SQS on behalf of a service: its own queues and those beside them, and the topics that it
    /// publishes to. It subscribes again at each start, which changes nothing where the subscription exists, so it may do that for its own
    /// queues alone; it may create, change or delete nothing.
    /// </summary>
    public static Fields[] Messages(Names names, Topology topology, string keyArn, string account)
    {
        var queues = topology.ReadBy(account);
        var published = topology.PublishedBy(account);
        var heard = queues.SelectMany(queue => queue.SubscribesTo).Distinct().ToArray();
        // Topics can only be listed all together.
        var statements = new List<Fields> { Allow("FindTopics", ["sns:ListTopics"], ["*"]) };
        if (queues.Count > 0)
        {
            statements.Add(Allow("OwnQueues",
                ["sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
                    "sqs:SendMessage"],
                [.. queues.SelectMany(queue => queue.AllNames).Select(names.QueueArn)]));
            statements.Add(Allow("HearTopics", ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"],
                [.. heard.Select(names.TopicArn)]));
            statements.Add(Allow("SubscribeOwnQueues", ["sns:Subscribe"], [.. heard.Select(names.TopicArn)], All(
                When("StringEquals", "sns:Protocol", "sqs"),
                When("StringEquals", "sns:Endpoint", queues.Select(queue => names.QueueArn(queue.Name)).ToArray()))));
        }
        if (published.Count > 0)
            statements.Add(Allow("PublishOwnTopics", ["sns:GetTopicAttributes", "sns:Publish"], [.. published.Select(names.TopicArn)]));
        statements.Add(UseKey("EncryptMessages", keyArn, names.Deployment.Region, "sns", "sqs"));
        return [.. statements];
    }
}
