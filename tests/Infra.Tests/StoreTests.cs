using Amazon.CDK.Assertions;
using Obj = System.Collections.Generic.Dictionary<string, object>;

namespace Trading.Infra.Tests;

/// <summary>The original's rules for what holds data: encrypted, kept as long as it said, cheap when nobody asks.</summary>
[Collection(nameof(Cdk))]
public class StoreTests
{
    [Theory]
    [InlineData("data-ingestion", "BitcoinPriceTable", "symbol")]
    [InlineData("trading-engine", "TradeHistory", "trade_id")]
    public void a_table_is_keyed_as_the_original_billed_by_request_recoverable_and_streamed(string stack, string table,
        string partitionKey) =>
        Synthesized.Prod.Of(stack).HasResourceProperties("AWS::DynamoDB::Table", new Obj
        {
            ["TableName"] = table,
            ["KeySchema"] = new[]
            {
                new Obj { ["AttributeName"] = partitionKey, ["KeyType"] = "HASH" },
                    new Obj { ["AttributeName"] = "timestamp", ["KeyType"] = "RANGE" },
            },
            ["AttributeDefinitions"] = new[]
            {
                new Obj { ["AttributeName"] = partitionKey, ["AttributeType"] = "S" },
                    new Obj { ["AttributeName"] = "timestamp", ["AttributeType"] = "N" },
            },
            ["BillingMode"] = "PAY_PER_REQUEST",
            ["PointInTimeRecoverySpecification"] = new Obj { ["PointInTimeRecoveryEnabled"] = true },
            ["StreamSpecification"] = new Obj { ["StreamViewType"] = "NEW_AND_OLD_IMAGES" },
            ["SSESpecification"] = new Obj { ["SSEEnabled"] = true, ["SSEType"] = "KMS", ["KMSMasterKeyId"] = Match.AnyValue() },
            ["DeletionProtectionEnabled"] = true,
            ["TimeToLiveSpecification"] = table == "BitcoinPriceTable" ? new Obj { ["AttributeName"] = "ttl", ["Enabled"] = true }
                : Match.Absent(),
        });

    [Fact]
    public void raw_answers_go_to_glacier_after_30_days_and_are_deleted_after_90() =>
        Synthesized.Prod.Of("data-ingestion").HasResourceProperties("AWS::S3::Bucket", new Obj
        {
            ["BucketName"] = $"trading-prod-raw-prices-{Synthesized.Account}-us-east-1",
            ["VersioningConfiguration"] = new Obj { ["Status"] = "Enabled" },
            ["LifecycleConfiguration"] = new Obj
            {
                ["Rules"] = new[]
                {
                    Match.ObjectLike(new Obj
                    {
                        ["Status"] = "Enabled", ["ExpirationInDays"] = 90,
                            ["Transitions"] = new[] { new Obj { ["StorageClass"] = "GLACIER", ["TransitionInDays"] = 30 } },
                    }),
                },
            },
            ["BucketEncryption"] = new Obj
            {
                ["ServerSideEncryptionConfiguration"] = new[]
                {
                    Match.ObjectLike(new Obj { ["ServerSideEncryptionByDefault"] = new Obj { ["SSEAlgorithm"] = "aws:kms",
                        ["KMSMasterKeyID"] = Match.AnyValue() } }),
                },
            },
        });

    [Fact]
    public void no_bucket_is_public_and_each_refuses_connections_without_tls()
    {
        foreach (var deployment in new[] { Synthesized.Dev, Synthesized.Prod })
        {
            foreach (var (stack, name, bucket) in deployment.All("AWS::S3::Bucket"))
            {
                Assert.All(bucket["PublicAccessBlockConfiguration"]!.AsObject(), setting => Assert.True(setting.Value!.GetValue<bool>()));
                Assert.Equal(4, bucket["PublicAccessBlockConfiguration"]!.AsObject().Count);
                var policy = deployment.All("AWS::S3::BucketPolicy")
                    .Single(policy => policy.Stack == stack && policy.Properties["Bucket"]!["Ref"]!.GetValue<string>() == name).Properties;
                Assert.Contains(policy["PolicyDocument"]!["Statement"]!.AsArray(), statement =>
                    statement!["Effect"]!.GetValue<string>() == "Deny"
                    && statement["Condition"]?["Bool"]?["aws:SecureTransport"]?.GetValue<string>() == "false");
            }
        }
    }

    [Fact]
    public void a_checkpoint_is_locked_for_less_time_than_it_is_kept()
    {
        foreach (var deployment in new[] { Synthesized.Dev, Synthesized.Prod })
        {
            var anchors = deployment.All("AWS::S3::Bucket")
                .Single(bucket => bucket.Properties["ObjectLockEnabled"]?.GetValue<bool>() == true).Properties;
            Assert.Equal(deployment.Names.AnchorBucket, anchors["BucketName"]!.GetValue<string>());
            var locked = anchors["ObjectLockConfiguration"]!["Rule"]!["DefaultRetention"]!;
            var kept = anchors["LifecycleConfiguration"]!["Rules"]![0]!["ExpirationInDays"]!.GetValue<int>();
            Assert.InRange(locked["Days"]!.GetValue<int>(), 1, kept - 1);
            Assert.Equal(deployment.Deployment.Stage.Protected ? "COMPLIANCE" : "GOVERNANCE", locked["Mode"]!.GetValue<string>());
        }
    }

    [Fact]
    public void what_holds_data_outlives_its_stack_in_prod_and_leaves_nothing_behind_in_dev()
    {
        foreach (var kind in new[] { "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::RDS::DBCluster",
            "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup" })
        {
            Assert.All(Policies(Synthesized.Prod, kind), policy => Assert.True(policy is ("Retain", "Retain"), $"{kind}: {policy}"));
            Assert.All(Policies(Synthesized.Dev, kind), policy =>
                Assert.True(policy.Delete is "Delete" or "Snapshot", $"{kind}: {policy}"));
        }

        static IEnumerable<(string? Delete, string? Replace)> Policies(Synthesized deployment, string kind) =>
            from template in deployment.Templates.Values
            from resource in template["Resources"]!.AsObject()
            where resource.Value!["Type"]!.GetValue<string>() == kind
            select (resource.Value["DeletionPolicy"]?.GetValue<string>(), resource.Value["UpdateReplacePolicy"]?.GetValue<string>());
    }

    [Fact]
    public void timestream_is_there_by_switch_alone_with_a_day_in_memory_and_a_year_on_disk()
    {
        Assert.Empty(Synthesized.Prod.All("AWS::Timestream::Database"));
        Synthesized.Everything.Of("data-ingestion").HasResourceProperties("AWS::Timestream::Table", new Obj
        {
            ["RetentionProperties"] = new Obj
            {
                ["MemoryStoreRetentionPeriodInHours"] = "24",
                ["MagneticStoreRetentionPeriodInDays"] = "365"
            },
        });
        var (names, rights) = (Synthesized.Everything.Names, new Rights(Synthesized.Everything));
        Assert.True(rights.May(names.Role("price-collector"), "timestream:WriteRecords",
            names.Arn("timestream", "database/second-bitcoin-prices/table/price-history")));
    }

    [Fact]
    public void the_endpoint_is_there_by_switch_alone_and_its_container_reaches_nothing()
    {
        Assert.Empty(Synthesized.Prod.All("AWS::SageMaker::Endpoint"));
        var predictions = Synthesized.Everything.Of("predictions");
        predictions.HasResourceProperties("AWS::SageMaker::Endpoint", new Obj { ["EndpointName"] = "second-bitcoin-price-predictor" });
        predictions.HasResourceProperties("AWS::SageMaker::Model", new Obj { ["EnableNetworkIsolation"] = true });
        predictions.HasResourceProperties("AWS::SageMaker::EndpointConfig", new Obj { ["KmsKeyId"] = Match.AnyValue() });
    }
}
