using Amazon.CDK;
using Amazon.CDK.AWS.DynamoDB;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.S3;

namespace Trading.Infra;

/// <summary>Tables as the application creates and reads them.</summary>
public static class Tables
{
    /// <summary>
    /// A table with a partition key of text and the sort key <c>timestamp</c>, billed by request, that can be put back to any second of 35
    /// days.
    /// </summary>
    public static Table New(TradingStack stack, string id, string name, string partitionKey, IKey key, string? timeToLive = null) =>
        new(stack, id, new TableProps
        {
            TableName = name,
            PartitionKey = new Amazon.CDK.AWS.DynamoDB.Attribute { Name = partitionKey, Type = AttributeType.STRING },
            SortKey = new Amazon.CDK.AWS.DynamoDB.Attribute { Name = "timestamp", Type = AttributeType.NUMBER },
            BillingMode = BillingMode.PAY_PER_REQUEST,
            TimeToLiveAttribute = timeToLive,
            PointInTimeRecovery = true,
            Stream = StreamViewType.NEW_AND_OLD_IMAGES,
            Encryption = TableEncryption.CUSTOMER_MANAGED,
            EncryptionKey = key,
            DeletionProtection = stack.Deployment.Stage.Protected,
            RemovalPolicy = stack.Keep,
        });
}

/// <summary>Buckets that nobody outside of the account sees.</summary>
public static class Buckets
{
    /// <summary>A private bucket: encrypted with a key of this system, versioned, with every access logged and none unencrypted.</summary>
    public static BucketProps Private(TradingStack stack, string name, IKey key, ILifecycleRule[] rules) => new()
    {
        BucketName = name,
        Encryption = BucketEncryption.KMS,
        EncryptionKey = key,
        BucketKeyEnabled = true,
        Versioned = true,
        BlockPublicAccess = BlockPublicAccess.BLOCK_ALL,
        ObjectOwnership = ObjectOwnership.BUCKET_OWNER_ENFORCED,
        EnforceSSL = true,
        MinimumTLSVersion = 1.2,
        // By name: the bucket of logs says itself who may write there.
        ServerAccessLogsBucket = Bucket.FromBucketName(stack, $"LogsOf-{name[..20]}", stack.Names.AccessLogBucket),
        ServerAccessLogsPrefix = $"{name}/",
        LifecycleRules = rules,
        RemovalPolicy = stack.Keep,
    };

    /// <summary>
    /// The bucket that holds the logs of the others. S3 delivers there only with its own encryption, not with a key of the account's.
    /// </summary>
    public static Bucket AccessLogs(TradingStack stack)
    {
        var bucket = new Bucket(stack, "AccessLogs", new BucketProps
        {
            BucketName = stack.Names.AccessLogBucket,
            Encryption = BucketEncryption.S3_MANAGED,
            Versioned = true,
            BlockPublicAccess = BlockPublicAccess.BLOCK_ALL,
            ObjectOwnership = ObjectOwnership.BUCKET_OWNER_ENFORCED,
            EnforceSSL = true,
            MinimumTLSVersion = 1.2,
            LifecycleRules =
            [
                new LifecycleRule
                {
                    Id = "delete", Expiration = Duration.Days(stack.Deployment.Stage.LogDays),
                        NoncurrentVersionExpiration = Duration.Days(1),
                },
            ],
            RemovalPolicy = stack.Keep,
        });
        bucket.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
        {
            Principals = [new ServicePrincipal("logging.s3.amazonaws.com")],
            Actions = ["s3:PutObject"],
            Resources = [bucket.ArnForObjects("*")],
            Conditions = Access.When("StringEquals", "aws:SourceAccount", stack.Names.Account),
        }));
        return bucket;
    }
}
