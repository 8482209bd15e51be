namespace Trading.Infra.Tests;

/// <summary>What the services may read and write: secrets, tables, buckets and models.</summary>
[Collection(nameof(Cdk))]
public class RightsTests : RightsTest
{
    [Theory]
    [InlineData("price-collector", "message-key")]
    [InlineData("predictor", "http-model-key", "message-key")]
    [InlineData("risk-manager", "control-token", "control-token-kim", "message-key")]
    [InlineData("executor", "seal-key", "control-token", "control-token-kim", "alert-webhook", "alert-webhook-slack", "message-key")]
    [InlineData("dashboard", "control-token", "control-token-kim")]
    [InlineData("journal-migration", "journal", "journal-owner")]
    [InlineData("keda-operator")]
    [InlineData("external-secrets", "journal", "journal-owner")]
    [InlineData("otel-collector")]
    public void a_role_reads_the_secrets_of_its_service_alone(string account, params string[] secrets) =>
        Assert.Equal(secrets.Order(), new[] { "journal", "journal-owner", "seal-key", "control-token",
            "control-token-kim", "http-model-key", "alert-webhook", "message-key",
            "alert-webhook-slack", "binance", "other" }
            .Where(secret => Rights.May(Names.Role(account), "secretsmanager:GetSecretValue",
                Names.Arn("secretsmanager", $"secret:trading/{secret}-a1B2c3"))).Order());

    [Fact]
    public void the_executor_alone_reads_the_key_of_the_exchange_that_is_traded_on()
    {
        var (names, rights) = (Synthesized.Everything.Names, new Rights(Synthesized.Everything));
        foreach (var account in Services)
        {
            Assert.Equal(account == "executor",
                rights.May(names.Role(account), "secretsmanager:GetSecretValue",
                names.Arn("secretsmanager", "secret:second/binance-a1B2c3")));
            Assert.False(rights.May(names.Role(account), "secretsmanager:GetSecretValue",
                names.Arn("secretsmanager", "secret:second/coinbase-a1B2c3")));
            Assert.False(rights.May(names.Role(account), "secretsmanager:GetSecretValue",
                names.Arn("secretsmanager", "secret:trading/binance-a1B2c3")));
        }
    }

    [Theory]
    [InlineData("dynamodb:PutItem", "BitcoinPriceTable", "price-collector")]
    [InlineData("dynamodb:BatchWriteItem", "BitcoinPriceTable", "price-collector")]
    [InlineData("dynamodb:Query", "BitcoinPriceTable", "price-collector", "predictor", "dashboard")]
    [InlineData("dynamodb:BatchWriteItem", "TradeHistory", "executor")]
    [InlineData("dynamodb:Query", "TradeHistory", "dashboard")]
    [InlineData("dynamodb:DeleteItem", "BitcoinPriceTable")]
    [InlineData("dynamodb:DeleteItem", "TradeHistory")]
    [InlineData("dynamodb:UpdateItem", "TradeHistory")]
    [InlineData("dynamodb:DeleteTable", "TradeHistory")]
    [InlineData("dynamodb:CreateTable", "TradeHistory")]
    [InlineData("dynamodb:Scan", "TradeHistory")]
    public void tables_are_written_by_their_service_and_read_by_few(string action, string table, params string[] accounts) =>
        Assert.Equal(accounts.Order(), Services.Where(account => Rights.May(Names.Role(account), action, Names.TableArn(table))).Order());

    [Fact]
    public void raw_answers_are_written_by_the_collector_and_read_or_deleted_by_nobody()
    {
        var answer = $"arn:aws:s3:::{Names.RawBucket}/raw-prices/2026/11/29/1.json";
        Assert.Equal(["price-collector"], Services.Where(account => Rights.May(Names.Role(account), "s3:PutObject", answer)));
        Assert.False(Rights.May(Names.Role("price-collector"), "s3:PutObject", $"arn:aws:s3:::{Names.RawBucket}/elsewhere"));
        foreach (var action in new[] { "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion" })
            Assert.DoesNotContain(Services, account => Rights.May(Names.Role(account), action, answer));
    }

    [Fact]
    public void anchors_are_written_and_read_by_the_executor_and_unlocked_by_nobody()
    {
        var anchor = $"arn:aws:s3:::{Names.AnchorBucket}/trading/checkpoint";
        foreach (var action in new[] { "s3:PutObject", "s3:PutObjectRetention", "s3:GetObject", "s3:GetObjectVersion",
            "s3:GetObjectRetention" })
            Assert.Equal(["executor"], Services.Where(account => Rights.May(Names.Role(account), action, anchor)));
        Assert.True(Rights.May(Names.Role("executor"), "s3:ListBucketVersions", $"arn:aws:s3:::{Names.AnchorBucket}"));
        foreach (var action in new[] { "s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion",
            "s3:PutObjectLegalHold" })
            Assert.DoesNotContain(Services, account => Rights.May(Names.Role(account), action, anchor));
        Assert.DoesNotContain(Services, account =>
            Rights.May(Names.Role(account), "s3:PutBucketObjectLockConfiguration", $"arn:aws:s3:::{Names.AnchorBucket}"));
    }

    [Fact]
    public void the_predictor_alone_asks_one_model_by_its_profile_and_what_lies_behind_only_through_it()
    {
        const string Model = "anthropic.claude-haiku-4-5-20251001-v1:0";
        var profile = $"arn:aws:bedrock:us-east-1:{Synthesized.Account}:inference-profile/global.{Model}";
        var (here, anywhere) = ($"arn:aws:bedrock:us-east-1::foundation-model/{Model}", $"arn:aws:bedrock:::foundation-model/{Model}");
        var predictor = Names.Role("predictor");

        Assert.Equal(["predictor"], Services.Where(account => Rights.May(Names.Role(account), "bedrock:InvokeModel", profile)));
        Assert.True(Rights.May(predictor, "bedrock:InvokeModel", here, ("bedrock:InferenceProfileArn", profile)));
        Assert.True(Rights.May(predictor, "bedrock:InvokeModel", anywhere, ("bedrock:InferenceProfileArn", profile),
            ("aws:RequestedRegion", "unspecified")));
        Assert.False(Rights.May(predictor, "bedrock:InvokeModel", here));
        Assert.False(Rights.May(predictor, "bedrock:InvokeModel",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-v1:0", ("bedrock:InferenceProfileArn", profile)));
        Assert.False(Rights.May(predictor, "bedrock:CreateModelCustomizationJob", here));
    }

    [Theory]
    [InlineData("eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:*::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0")]
    [InlineData("amazon.nova-micro-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0")]
    public void a_profile_of_a_geography_reaches_its_regions_and_a_plain_model_its_own(string model, string behind)
    {
        var statements = PredictionsStack.Bedrock(Names, model);
        Assert.Equal(behind, ((string[])statements[^1]["Resource"])[0]);
        Assert.Equal(model.StartsWith("eu.", StringComparison.Ordinal) ? 2 : 1, statements.Count);
    }

    [Fact]
    public void the_predictor_alone_asks_the_endpoint()
    {
        Assert.Equal(["predictor"], Services.Where(account =>
            Rights.May(Names.Role(account), "sagemaker:InvokeEndpoint", Names.ModelEndpointArn)));
        Assert.False(Rights.May(Names.Role("predictor"), "sagemaker:InvokeEndpoint", Names.Arn("sagemaker", "endpoint/other")));
    }
}
