using Amazon.CDK;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.S3;
using Constructs;

namespace Trading.Infra;

/// <summary>Where prices are kept beside the journal's database, and the role of who writes them.</summary>
public sealed class DataIngestionStack : TradingStack
{
    /// <summary>Makes stores and role.</summary>
    public DataIngestionStack(Construct scope, Deployment deployment, MessagingStack messaging)
        : base(scope, "data-ingestion", "Price table, raw answers, Timestream by switch, role of PriceCollector", deployment)
    {
        Key = NewKey("data");
        _ = Tables.New(this, "PriceTable", Names.PriceTable, "symbol", Key, timeToLive: "ttl");
        var logs = Buckets.AccessLogs(this);
        var raw = new Bucket(this, "RawPrices", Buckets.Private(this, Names.RawBucket, Key, [new LifecycleRule
        {
            // The original's rule. S3 itself leaves objects below 128 KB where they are: moving one of 2 KB costs more than keeping it.
            Id = "glacier-after-30-delete-after-90",
            Transitions = [new Transition { StorageClass = StorageClass.GLACIER, TransitionAfter = Duration.Days(30) }],
            Expiration = Duration.Days(90),
            NoncurrentVersionExpiration = Duration.Days(30),
            AbortIncompleteMultipartUploadAfter = Duration.Days(1),
        }]));
        raw.Node.AddDependency(logs);
        if (deployment.Timestream)
            Timestream();
        _ = new ServiceRole(this, "price-collector", PriceCollector(messaging));

        Output("PriceTableName", Names.PriceTable, "Value of the setting DynamoDbPriceTable");
        Output("RawPriceBucket", Names.RawBucket, "Value of the setting RawPriceBucket");
    }

    /// <summary>Encrypts tables and buckets.</summary>
    public Key Key { get; }

    private List<Fields> PriceCollector(MessagingStack messaging)
    {
        var statements = new List<Fields>(Access.Messages(Names, messaging.Topology, messaging.Key.KeyArn, "price-collector"))
        {
            Access.Allow("WriteAndReadPrices", ["dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:DescribeTable"],
                [Names.TableArn(Names.PriceTable)]),
            Access.Allow("WriteRawAnswers", ["s3:PutObject"], [$"arn:aws:s3:::{Names.RawBucket}/raw-prices/*"]),
            Access.UseKey("EncryptPrices", Key.KeyArn, Deployment.Region, "dynamodb", "s3"),
        };
        statements.AddRange(Access.ReadMessageKey(Names, messaging.Key.KeyArn));
        if (Deployment.Timestream)
        {
            statements.Add(Access.Allow("WriteTimestream", ["timestream:WriteRecords"],
                [Names.Arn("timestream", $"database/{Names.TimestreamDatabase}/table/{Trading.Infra.Names.TimestreamTable}")]));
            // Where Timestream's endpoint is can only be asked in general.
            statements.Add(Access.Allow("FindTimestream", ["timestream:DescribeEndpoints"], ["*"]));
        }
        return statements;
    }

    private void Timestream()
    {
        var database = new Amazon.CDK.AWS.Timestream.CfnDatabase(this, "Timestream", new Amazon.CDK.AWS.Timestream.CfnDatabaseProps
        {
            DatabaseName = Names.TimestreamDatabase, KmsKeyId = Key.KeyId,
        });
        var table = new Amazon.CDK.AWS.Timestream.CfnTable(this, "TimestreamTable", new Amazon.CDK.AWS.Timestream.CfnTableProps
        {
            DatabaseName = Names.TimestreamDatabase, TableName = Trading.Infra.Names.TimestreamTable,
            RetentionProperties = new Dictionary<string, string>
            {
                ["MemoryStoreRetentionPeriodInHours"] = "24", ["MagneticStoreRetentionPeriodInDays"] = "365",
            },
            MagneticStoreWriteProperties = new Dictionary<string, bool> { ["EnableMagneticStoreWrites"] = true },
        });
        table.AddDependency(database);
        foreach (var resource in new CfnResource[] { database, table })
            resource.ApplyRemovalPolicy(Keep);
    }
}
