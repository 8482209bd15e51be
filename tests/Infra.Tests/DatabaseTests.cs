using System.Text.Json.Nodes;
using Amazon.CDK.Assertions;
using Obj = System.Collections.Generic.Dictionary<string, object>;

namespace Trading.Infra.Tests;

/// <summary>The journal's database, and the secrets and keys of the system.</summary>
[Collection(nameof(Cdk))]
public class DatabaseTests
{
    [Fact]
    public void the_database_is_encrypted_private_kept_for_35_days_and_over_two_zones_in_prod()
    {
        Synthesized.Prod.Of("journal").HasResourceProperties("AWS::RDS::DBCluster", new Obj
        {
            ["Engine"] = "aurora-postgresql", ["StorageEncrypted"] = true, ["KmsKeyId"] = Match.AnyValue(), ["BackupRetentionPeriod"] = 35,
            ["DeletionProtection"] = true,
            ["EnableIAMDatabaseAuthentication"] = true,
            ["ServerlessV2ScalingConfiguration"] = new Obj { ["MinCapacity"] = 1, ["MaxCapacity"] = 16 },
        });
        Synthesized.Prod.Of("journal").ResourceCountIs("AWS::RDS::DBInstance", 2);
        Synthesized.Prod.Of("journal").AllResourcesProperties("AWS::RDS::DBInstance",
            new Obj { ["PubliclyAccessible"] = false, ["DBInstanceClass"] = "db.serverless" });
        Synthesized.Dev.Of("journal").ResourceCountIs("AWS::RDS::DBInstance", 1);
        Synthesized.Dev.Of("journal").HasResourceProperties("AWS::RDS::DBCluster",
            new Obj { ["BackupRetentionPeriod"] = 7, ["DeletionProtection"] = false });
    }

    [Fact]
    public void the_database_takes_encrypted_connections_alone_and_confirms_what_is_stored() =>
        Synthesized.Dev.Of("journal").HasResourceProperties("AWS::RDS::DBClusterParameterGroup", new Obj
        {
            ["Parameters"] = Match.ObjectLike(
                new Obj { ["rds.force_ssl"] = "1", ["ssl_min_protocol_version"] = "TLSv1.2", ["synchronous_commit"] = "on" }),
        });

    [Fact]
    public void both_users_of_the_database_change_their_password_every_30_days()
    {
        var journal = Synthesized.Prod.Of("journal");
        journal.ResourceCountIs("AWS::SecretsManager::RotationSchedule", 2);
        foreach (var kind in new[] { "PostgreSQLSingleUser", "PostgreSQLMultiUser" })
        {
            journal.HasResourceProperties("AWS::SecretsManager::RotationSchedule", new Obj
            {
                ["HostedRotationLambda"] = Match.ObjectLike(new Obj { ["RotationType"] = kind }),
                ["RotationRules"] = new Obj { ["ScheduleExpression"] = "rate(30 days)" },
            });
        }
    }

    [Fact]
    public void a_secret_has_a_name_the_application_asks_for_a_key_of_its_own_and_no_value_in_the_template()
    {
        Assert.Equal(["trading/control-token", "trading/journal", "trading/journal-owner", "trading/message-key", "trading/seal-key"],
            Names(Synthesized.Prod));
        Assert.Equal(["second/binance", "second/control-token", "second/journal", "second/journal-owner", "second/message-key",
            "second/seal-key"], Names(Synthesized.Everything));
        Assert.All(Synthesized.Everything.All("AWS::SecretsManager::Secret"), secret =>
        {
            Assert.NotNull(secret.Properties["KmsKeyId"]);
            Assert.Null(secret.Properties["SecretString"]);
        });

        static IEnumerable<string> Names(Synthesized deployment) =>
            deployment.All("AWS::SecretsManager::Secret").Select(secret => secret.Properties["Name"]!.GetValue<string>()).Order();
    }

    [Fact]
    public void every_key_changes_by_itself_and_is_no_ones_outside_of_the_account() =>
        Assert.All(Synthesized.Prod.All("AWS::KMS::Key"), key =>
    {
        Assert.True(key.Properties["EnableKeyRotation"]!.GetValue<bool>());
        Assert.All(key.Properties["KeyPolicy"]!["Statement"]!.AsArray(), statement =>
            Assert.NotEqual("*", (statement!["Principal"] as JsonObject)?["AWS"]?.ToString()));
    });
}
