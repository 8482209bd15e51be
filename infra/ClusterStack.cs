using System.Text.Json;
using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.EKS;
using Amazon.CDK.AWS.IAM;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// The cluster that the services run in. Its API is reached from inside of the VPC alone, unless the deployment names address ranges.
/// </summary>
public sealed class ClusterStack : TradingStack
{
    /// <summary>Version of Kubernetes: in standard support until 27 March 2027.</summary>
    public const string KubernetesVersion = "1.35";

    private readonly CfnCluster _cluster;

    /// <summary>Makes the cluster.</summary>
    public ClusterStack(Construct scope, Deployment deployment, NetworkStack network)
        : base(scope, "cluster", "EKS cluster with its nodes and add-ons", deployment)
    {
        var key = NewKey("cluster");
        var logs = NewLogs("ControlPlaneLogs", Names.ClusterLogs, network.LogKey);
        var subnets = network.Vpc.SelectSubnets(NetworkStack.Pods).SubnetIds;
        if (deployment.OidcIssuer is { } issuer)
            _ = new CfnOIDCProvider(this, "Issuer",
                new CfnOIDCProviderProps { Url = $"https://{issuer}", ClientIdList = ["sts.amazonaws.com"] });
        _cluster = new CfnCluster(this, "Cluster", new CfnClusterProps
        {
            Name = Names.Cluster,
            Version = KubernetesVersion,
            RoleArn = NewRole("ClusterRole", "cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy").AttrArn,
            // Extended support costs six times as much by the hour: the cluster is upgraded instead.
            UpgradePolicy = new CfnCluster.UpgradePolicyProperty { SupportType = "STANDARD" },
            AccessConfig = new CfnCluster.AccessConfigProperty
            {
                AuthenticationMode = "API",
                BootstrapClusterCreatorAdminPermissions = false
            },
            BootstrapSelfManagedAddons = false,
            EncryptionConfig = new[]
            {
                new CfnCluster.EncryptionConfigProperty { Resources = ["secrets"],
                    Provider = new CfnCluster.ProviderProperty { KeyArn = key.KeyArn } },
            },
            ResourcesVpcConfig = new CfnCluster.ResourcesVpcConfigProperty
            {
                SubnetIds = subnets,
                EndpointPrivateAccess = true,
                EndpointPublicAccess = deployment.KubectlFrom.Count > 0,
                PublicAccessCidrs = deployment.KubectlFrom.Count > 0 ? [.. deployment.KubectlFrom] : null,
            },
            Logging = new CfnCluster.LoggingProperty
            {
                ClusterLogging = new CfnCluster.ClusterLoggingProperty
                {
                    EnabledTypes = new[] { "api", "audit", "authenticator", "controllerManager", "scheduler" }
                        .Select(type => new CfnCluster.LoggingTypeConfigProperty { Type = type }).ToArray(),
                },
            },
        });
        _cluster.Node.AddDependency(logs);
        AddOnsBeforeNodes();
        Nodes(subnets);
        Operator();

        Output("ClusterName", Names.Cluster, "The cluster");
        Output("ClusterEndpoint", _cluster.AttrEndpoint, "Its API");
    }

    /// <summary>The security group that nodes and pods have.</summary>
    public string SecurityGroupId => _cluster.AttrClusterSecurityGroupId;

    // Network and pod identity come first, so that no pod starts without; what needs nodes to run on comes after them.
    private void AddOnsBeforeNodes()
    {
        AddOn("vpc-cni", new { enableNetworkPolicy = "true", env = new { ENABLE_PREFIX_DELEGATION = "true" } });
        AddOn("kube-proxy");
        AddOn("eks-pod-identity-agent");
    }

    private void Nodes(string[] subnets)
    {
        var template = new CfnLaunchTemplate(this, "NodeTemplate", new CfnLaunchTemplateProps
        {
            LaunchTemplateName = $"{Names.System}-nodes",
            LaunchTemplateData = new CfnLaunchTemplate.LaunchTemplateDataProperty
            {
                // One hop: a pod cannot ask the node's metadata for the node's credentials.
                MetadataOptions = new CfnLaunchTemplate.MetadataOptionsProperty { HttpTokens = "required", HttpPutResponseHopLimit = 1 },
                BlockDeviceMappings = new[]
                {
                    new CfnLaunchTemplate.BlockDeviceMappingProperty
                    {
                        DeviceName = "/dev/xvda", Ebs = new CfnLaunchTemplate.EbsProperty { VolumeType = "gp3", VolumeSize = 30,
                            Encrypted = true, DeleteOnTermination = true },
                    },
                },
                TagSpecifications = new[]
                {
                    new CfnLaunchTemplate.TagSpecificationProperty
                    {
                        ResourceType = "instance", Tags = [new CfnTag { Key = "Name", Value = $"{Names.System}-node" },
                            new CfnTag { Key = "system", Value = Deployment.Scope }],
                    },
                },
            },
        });
        var role = NewRole("NodeRole", "node", "ec2.amazonaws.com",
            "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore");
        var nodes = new CfnNodegroup(this, "Nodes", new CfnNodegroupProps
        {
            ClusterName = _cluster.Ref,
            NodegroupName = "services",
            NodeRole = role.AttrArn,
            Subnets = subnets,
            AmiType = Deployment.Architecture == "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
            InstanceTypes = [Stage.NodeType[Deployment.Architecture]],
            ScalingConfig = new CfnNodegroup.ScalingConfigProperty
            {
                MinSize = Stage.Nodes, DesiredSize = Stage.Nodes,
                MaxSize = Stage.MaxNodes
            },
            UpdateConfig = new CfnNodegroup.UpdateConfigProperty { MaxUnavailable = 1 },
            LaunchTemplate = new CfnNodegroup.LaunchTemplateSpecificationProperty
            {
                Id = template.Ref,
                Version = template.AttrLatestVersionNumber
            },
            Labels = new Dictionary<string, string> { ["system"] = Deployment.Scope },
        });
        foreach (var addOn in Node.Children.OfType<CfnAddon>())
            nodes.AddDependency(addOn);
        // HPA asks metrics-server for processor times.
        foreach (var name in new[] { "coredns", "metrics-server" })
            AddOn(name).AddDependency(nodes);
    }

    private CfnAddon AddOn(string name, object? configuration = null) => new(this, $"AddOn-{name}", new CfnAddonProps
    {
        ClusterName = _cluster.Ref, AddonName = name, ResolveConflicts = "OVERWRITE",
        ConfigurationValues = configuration is null ? null : JsonSerializer.Serialize(configuration),
    });

    // People reach the cluster as this role. Who of the account may take it is said where people's rights are kept.
    private void Operator()
    {
        var role = new CfnRole(this, "Operator", new CfnRoleProps
        {
            RoleName = Names.Role("operator"),
            Description = "Administers the cluster; may do nothing else on AWS",
            AssumeRolePolicyDocument = Access.Policy(new Fields
            {
                ["Effect"] = "Allow", ["Principal"] = new Fields { ["AWS"] = $"arn:aws:iam::{Names.Account}:root" },
                ["Action"] = "sts:AssumeRole",
            }),
            Policies = new[]
            {
                new CfnRole.PolicyProperty
                {
                    PolicyName = "cluster", PolicyDocument = Access.Policy(
                        Access.Allow("FindCluster", ["eks:DescribeCluster"], [Names.ClusterArn])),
                },
            },
        });
        _ = new CfnAccessEntry(this, "OperatorAccess", new CfnAccessEntryProps
        {
            ClusterName = _cluster.Ref,
            PrincipalArn = role.AttrArn,
            AccessPolicies = new[]
            {
                new CfnAccessEntry.AccessPolicyProperty
                {
                    PolicyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    AccessScope = new CfnAccessEntry.AccessScopeProperty { Type = "cluster" },
                },
            },
        });
        Output("OperatorRole", role.AttrArn, "Take this role for kubectl: aws eks update-kubeconfig --name CLUSTER --role-arn ROLE");
    }

    private CfnRole NewRole(string id, string name, string service, params string[] policies) => new(this, id, new CfnRoleProps
    {
        RoleName = Names.Role(name),
        AssumeRolePolicyDocument = Access.Policy(new Fields
        {
            ["Effect"] = "Allow", ["Principal"] = new Fields { ["Service"] = service }, ["Action"] = "sts:AssumeRole",
        }),
        ManagedPolicyArns = [.. policies.Select(policy => $"arn:aws:iam::aws:policy/{policy}")],
    });
}
