using Amazon.CDK.AWS.SecretsManager;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// What decides and executes: roles of RiskManager, Executor, Dashboard and the migration, their secrets, the trade table.
/// </summary>
public sealed class TradingEngineStack : TradingStack
{
    private readonly MessagingStack _messaging;
    private readonly DataIngestionStack _data;
    private readonly JournalStack _journal;

    /// <summary>Makes them.</summary>
    public TradingEngineStack(Construct scope, Deployment deployment, MessagingStack messaging, DataIngestionStack data,
        JournalStack journal)
        : base(scope, "trading-engine", "Roles of RiskManager, Executor, Dashboard and migration; their secrets; trade table", deployment)
    {
        (_messaging, _data, _journal) = (messaging, data, journal);
        _ = Tables.New(this, "TradeTable", Names.TradeTable, "trade_id", data.Key);
        Secrets();
        RiskManager();
        Executor();
        Dashboard();
        // It makes tables and the services' user with the owner's password, and touches nothing else of AWS.
        _ = new ServiceRole(this, "journal-migration",
            Access.ReadSecrets(Names, journal.Key.KeyArn, Names.JournalOwnerSecret, Names.JournalSecret));

        Output("TradeTableName", Names.TradeTable, "Value of the setting DynamoDbTradeTable");
        Output("SealKeySecret", Names.SealKeySecret,
            "Value of the setting SealKeySecret; empty until `trading audit key` made one and it was put there");
        Output("ControlTokenSecret", Names.ControlTokenSecret, "Value of the setting ControlTokenSecret");
        if (Deployment.Exchange != "paper")
            Output("ExchangeSecret", Names.ExchangeSecret,
                "Value of the setting ExchangeSecret; empty until the exchange's key was put there");
    }

    // An empty secret reads as one that does not exist: a service says so and does not start, instead of trying a made-up key.
    private void Secrets()
    {
        Empty("SealKey", Names.SealKeySecret, "Key that seals the journal, PEM");
        if (Deployment.Exchange != "paper")
            Empty("ExchangeKey", Names.ExchangeSecret, "Key of the exchange, JSON: apiKey, apiSecret");
        var token = New("ControlToken", Names.ControlTokenSecret, "Token of /control");
        token.GenerateSecretString = new CfnSecret.GenerateSecretStringProperty { PasswordLength = 48, ExcludePunctuation = true };
    }

    private void Empty(string id, string name, string description) => New(id, name, description);

    private CfnSecret New(string id, string name, string description)
    {
        var secret = new CfnSecret(this, id, new CfnSecretProps { Name = name, Description = description, KmsKeyId = _journal.Key.KeyArn });
        secret.ApplyRemovalPolicy(Keep);
        return secret;
    }

    private void RiskManager() => _ = new ServiceRole(this, "risk-manager",
    [
        .. Access.Messages(Names, _messaging.Topology, _messaging.Key.KeyArn, "risk-manager"),
        .. Access.ReadSecrets(Names, _journal.Key.KeyArn, $"{Names.ControlTokenSecret}*"),
        .. Access.ReadMessageKey(Names, _messaging.Key.KeyArn),
    ]);

    private void Executor()
    {
        var scope = Deployment.Scope;
        List<string> secrets = [Names.SealKeySecret, $"{Names.ControlTokenSecret}*", $"{Names.AlertWebhookSecret}*"];
        if (Deployment.Exchange != "paper")
            secrets.Add(Names.ExchangeSecret);
        _ = new ServiceRole(this, "executor",
        [
            .. Access.Messages(Names, _messaging.Topology, _messaging.Key.KeyArn, "executor"),
            // It looks into all error queues, and queues can only be listed all together.
            Access.Allow("FindQueues", ["sqs:ListQueues"], ["*"]),
            Access.Allow("WatchErrorQueues", ["sqs:GetQueueAttributes"],
                [Names.QueueArn($"{scope}-*_error"), Names.QueueArn($"{scope}-*_skipped")]),
            Access.Allow("TellOfTrades", ["sns:Publish"], [Names.TopicArn(Names.TradeAlerts)]),
            Access.Allow("WriteTrades", ["dynamodb:BatchWriteItem", "dynamodb:DescribeTable"], [Names.TableArn(Names.TradeTable)]),
            Access.UseKey("EncryptTrades", _data.Key.KeyArn, Deployment.Region, "dynamodb"),
            Access.Allow("WriteAnchors", ["s3:PutObject", "s3:PutObjectRetention", "s3:GetObject", "s3:GetObjectVersion",
                "s3:GetObjectRetention"],
                [$"arn:aws:s3:::{Names.AnchorBucket}/*"]),
            Access.Allow("ListAnchors", ["s3:ListBucketVersions", "s3:ListBucket"], [$"arn:aws:s3:::{Names.AnchorBucket}"]),
            Access.UseKey("EncryptAnchors", _journal.Key.KeyArn, Deployment.Region, "s3"),
            .. Access.ReadSecrets(Names, _journal.Key.KeyArn, [.. secrets]),
            .. Access.ReadMessageKey(Names, _messaging.Key.KeyArn),
        ]);
    }

    // Pages read the journal's database; of AWS they may read what is shown of prices and trades. Nothing else: it decides nothing.
    private void Dashboard() => _ = new ServiceRole(this, "dashboard",
    [
        Access.Allow("ReadPricesAndTrades", ["dynamodb:Query", "dynamodb:GetItem", "dynamodb:DescribeTable"],
            [Names.TableArn(Names.PriceTable), Names.TableArn(Names.TradeTable)]),
        Access.UseKey("DecryptPricesAndTrades", _data.Key.KeyArn, Deployment.Region, "dynamodb"),
        // Who may log in, and what it hands commands on with.
        .. Access.ReadSecrets(Names, _journal.Key.KeyArn, $"{Names.ControlTokenSecret}*"),
    ]);
}
