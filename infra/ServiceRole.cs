using Amazon.CDK.AWS.EKS;
using Amazon.CDK.AWS.IAM;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// The role of one service account: pods of that account in that namespace of this cluster get it by EKS Pod Identity, and nobody else;
/// where the deployment names the cluster's issuer, by IRSA as well.
/// </summary>
public sealed class ServiceRole : Construct
{
    /// <summary>Makes role and association.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="account">Name of the service account; the role is named after it.</param>
    /// <param name="statements">All that it may do.</param>
    /// <param name="inNamespace">Namespace of the service account.</param>
    public ServiceRole(TradingStack stack, string account, IReadOnlyList<Fields> statements,
        string inNamespace = Names.Namespace)
        : base(stack, $"Role-{account}")
    {
        var names = stack.Names;
        var role = new CfnRole(this, "Role", new CfnRoleProps
        {
            RoleName = names.Role(account),
            Description = $"What {account} may do",
            AssumeRolePolicyDocument = Trust(names, account, inNamespace),
            Policies = statements.Count == 0 ? null : new[]
            {
                new CfnRole.PolicyProperty { PolicyName = account, PolicyDocument = Access.Policy([.. statements]) },
            },
        });
        _ = new CfnPodIdentityAssociation(this, "PodIdentity", new CfnPodIdentityAssociationProps
        {
            ClusterName = names.Cluster, Namespace = inNamespace, ServiceAccount = account, RoleArn = role.AttrArn,
        });
        stack.Output($"Role{Words(account)}", names.Role(account), $"Role of the service account {account} in namespace {inNamespace}");
    }

    private static Fields Trust(Names names, string account, string inNamespace) => Access.Policy(
        names.Deployment.OidcIssuer is { } issuer
            ? [ByPodIdentity(names, account, inNamespace), ByToken(names, issuer, account, inNamespace)]
            : [ByPodIdentity(names, account, inNamespace)]);

    // Pod Identity names the asking pod in session tags: a pod of another account or namespace gets nothing even if an association were
    // wrong.
    private static Fields ByPodIdentity(Names names, string account, string inNamespace) => new()
    {
        ["Effect"] = "Allow",
        ["Principal"] = new Fields { ["Service"] = "pods.eks.amazonaws.com" },
        ["Action"] = new[] { "sts:AssumeRole", "sts:TagSession" },
        ["Condition"] = Access.All(
            Access.When("StringEquals", "aws:SourceAccount", names.Account),
            Access.When("ArnEquals", "aws:SourceArn", names.ClusterArn),
            Access.When("StringEquals", "aws:RequestTag/kubernetes-namespace", inNamespace),
            Access.When("StringEquals", "aws:RequestTag/kubernetes-service-account", account)),
    };

    private static Fields ByToken(Names names, string issuer, string account, string inNamespace) => new()
    {
        ["Effect"] = "Allow",
        ["Principal"] = new Fields { ["Federated"] = $"arn:aws:iam::{names.Account}:oidc-provider/{issuer}" },
        ["Action"] = "sts:AssumeRoleWithWebIdentity",
        ["Condition"] = Access.All(
            Access.When("StringEquals", $"{issuer}:aud", "sts.amazonaws.com"),
            Access.When("StringEquals", $"{issuer}:sub", $"system:serviceaccount:{inNamespace}:{account}")),
    };

    private static string Words(string account) =>
        string.Concat(account.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
