namespace Trading.Infra.Tests;

[Collection(nameof(Cdk))]
public class RightsTests
{
    private const string Prices = "trading_Trading_Contracts-PriceObserved";
    private const string Predictions = "trading_Trading_Contracts-PredictionMade";
    private const string Assessments = "trading_Trading_Contracts-RiskAssessed";
    private const string Executions = "trading_Trading_Contracts-TradeExecuted";

    private static readonly Names Names = Synthesized.Prod.Names;
    private static readonly Rights Rights = new(Synthesized.Prod);
    private static readonly string[] Services = ["price-collector", "predictor", "risk-manager", "executor", "dashboard",
        "journal-migration"];

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

    [Fact]
    public void nobody_creates_changes_or_deletes_queues_topics_tables_roles_or_keys() => Assert.All(
        Services.SelectMany(Actions),
        action => Assert.DoesNotMatch(
            "^(sqs:(Create|Set|Delete|Purge|Add|Remove)(Queue|QueueAttributes|Permission).*|sns:(Create|Delete|Set|Add|Remove).*"
            + "|iam:.*|kms:(Create|Put|Schedule|Disable).*|.*\\*)$", action));

    [Fact]
    public void only_what_aws_cannot_narrow_down_is_allowed_on_everything() => Assert.Equal(
        ["cloudwatch:GetMetricData", "logs:DescribeLogGroups", "sns:ListTopics", "sqs:ListQueues"],
        Rights.Roles.SelectMany(role => Rights.Of(role)).Where(statement => Rights.Texts(statement["Resource"]).Contains("*"))
            .SelectMany(statement => Rights.Texts(statement["Action"])).Distinct().Order());

    [Fact]
    public void a_key_is_used_by_way_of_a_service_and_never_directly() => Assert.All(
        Rights.Roles.SelectMany(role => Rights.Of(role))
            .Where(statement => Rights.Texts(statement["Action"]).Any(action => action.StartsWith("kms:", StringComparison.Ordinal))),
        statement => Assert.NotNull(statement["Condition"]?["StringEquals"]?["kms:ViaService"]));

    [Fact]
    public void a_role_is_for_the_pods_of_one_service_account_in_one_namespace_of_this_cluster()
    {
        foreach (var (_, _, association) in Synthesized.Prod.All("AWS::EKS::PodIdentityAssociation"))
        {
            var account = association["ServiceAccount"]!.GetValue<string>();
            var role = Synthesized.Prod.All("AWS::IAM::Role")
                .Single(role => role.Properties["RoleName"]?.GetValue<string>() == Names.Role(account)).Properties;
            var trust = Assert.Single(role["AssumeRolePolicyDocument"]!["Statement"]!.AsArray())!;
            Assert.Equal("pods.eks.amazonaws.com", trust["Principal"]!["Service"]!.GetValue<string>());
            Assert.Equal(["sts:AssumeRole", "sts:TagSession"], Rights.Texts(trust["Action"]));
            Assert.Equal(account, trust["Condition"]!["StringEquals"]!["aws:RequestTag/kubernetes-service-account"]!.GetValue<string>());
            Assert.Equal(association["Namespace"]!.GetValue<string>(),
                trust["Condition"]!["StringEquals"]!["aws:RequestTag/kubernetes-namespace"]!.GetValue<string>());
            Assert.Equal(Names.ClusterArn, trust["Condition"]!["ArnEquals"]!["aws:SourceArn"]!.GetValue<string>());
        }
        Assert.Equal([.. Services.Order(), "external-secrets", "keda-operator", "otel-collector"],
            Synthesized.Prod.All("AWS::EKS::PodIdentityAssociation").Select(one => one.Properties["ServiceAccount"]!.GetValue<string>())
                .OrderBy(account => !Services.Contains(account)).ThenBy(account => account));
    }

    [Fact]
    public void where_the_issuer_of_the_clusters_tokens_is_named_a_service_account_takes_its_role_by_them_too()
    {
        var everything = Synthesized.Everything;
        var provider = Assert.Single(everything.All("AWS::IAM::OIDCProvider")).Properties;
        Assert.Equal(($"https://{Synthesized.Issuer}", "sts.amazonaws.com"),
            (provider["Url"]!.GetValue<string>(), provider["ClientIdList"]![0]!.GetValue<string>()));
        foreach (var account in Services)
        {
            var role = everything.All("AWS::IAM::Role")
                .Single(role => role.Properties["RoleName"]?.GetValue<string>() == everything.Names.Role(account)).Properties;
            var trust = role["AssumeRolePolicyDocument"]!["Statement"]!.AsArray()[1]!;
            Assert.Equal("sts:AssumeRoleWithWebIdentity", trust["Action"]!.GetValue<string>());
            Assert.Equal($"arn:aws:iam::{Synthesized.Account}:oidc-provider/{Synthesized.Issuer}",
                trust["Principal"]!["Federated"]!.GetValue<string>());
            Assert.Equal($"system:serviceaccount:trading:{account}",
                trust["Condition"]!["StringEquals"]![$"{Synthesized.Issuer}:sub"]!.GetValue<string>());
            Assert.Equal("sts.amazonaws.com", trust["Condition"]!["StringEquals"]![$"{Synthesized.Issuer}:aud"]!.GetValue<string>());
        }
    }

    private static IEnumerable<string> Actions(string account) =>
        Rights.Of(Names.Role(account)).SelectMany(statement => Rights.Texts(statement["Action"])).Distinct().Order();

    private static IEnumerable<string> EveryQueue() => Synthesized.Prod.Topology.Deployed.SelectMany(queue => queue.AllNames);
}
