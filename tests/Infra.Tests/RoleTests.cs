namespace Trading.Infra.Tests;

/// <summary>What holds for every role, and who may take it.</summary>
[Collection(nameof(Cdk))]
public class RoleTests : RightsTest
{
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
}
