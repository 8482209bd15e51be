using System.Text.Json.Nodes;
using Amazon.CDK.Assertions;
using Obj = System.Collections.Generic.Dictionary<string, object>;

namespace Trading.Infra.Tests;

[Collection(nameof(Cdk))]
public class ClusterTests
{
    [Fact]
    public void the_cluster_is_current_never_in_extended_support_reached_from_inside_alone_and_watched() =>
        Synthesized.Prod.Of("cluster").HasResourceProperties("AWS::EKS::Cluster", new Obj
        {
            ["Name"] = "trading-prod",
            ["Version"] = "1.35",
            ["UpgradePolicy"] = new Obj { ["SupportType"] = "STANDARD" },
            ["ResourcesVpcConfig"] = Match.ObjectLike(
                new Obj { ["EndpointPrivateAccess"] = true, ["EndpointPublicAccess"] = false, ["PublicAccessCidrs"] = Match.Absent() }),
            ["EncryptionConfig"] = new[] { Match.ObjectLike(new Obj { ["Resources"] = new[] { "secrets" } }) },
            ["AccessConfig"] = new Obj { ["AuthenticationMode"] = "API", ["BootstrapClusterCreatorAdminPermissions"] = false },
            ["Logging"] = new Obj
            {
                ["ClusterLogging"] = new Obj
                {
                    ["EnabledTypes"] = new[] { "api", "audit", "authenticator", "controllerManager",
                    "scheduler" }.Select(type => new Obj { ["Type"] = type }).ToArray()
                },
            },
        });

    [Fact]
    public void the_cluster_is_reached_from_outside_by_named_addresses_alone() =>
        Synthesized.Everything.Of("cluster").HasResourceProperties("AWS::EKS::Cluster", new Obj
        {
            ["ResourcesVpcConfig"] = Match.ObjectLike(
                new Obj { ["EndpointPublicAccess"] = true, ["PublicAccessCidrs"] = new[] { "203.0.113.7/32" } }),
        });

    [Theory]
    [InlineData("vpc-cni")]
    [InlineData("kube-proxy")]
    [InlineData("coredns")]
    [InlineData("eks-pod-identity-agent")]
    [InlineData("metrics-server")]
    public void the_cluster_has_an_add_on(string name) =>
        Synthesized.Dev.Of("cluster").HasResourceProperties("AWS::EKS::Addon", new Obj { ["AddonName"] = name });

    [Fact]
    public void network_policies_are_enforced_and_pod_identity_is_there_before_the_first_node()
    {
        var cni = Synthesized.Dev.All("AWS::EKS::Addon").Single(addOn => addOn.Properties["AddonName"]!.GetValue<string>() == "vpc-cni")
            .Properties;
        Assert.Equal("true", JsonNode.Parse(cni["ConfigurationValues"]!.GetValue<string>())!["enableNetworkPolicy"]!.GetValue<string>());
        var nodes = Synthesized.Dev.Templates["cluster"]["Resources"]!["Nodes"]!;
        Assert.Superset(new HashSet<string> { "AddOnvpccni", "AddOnekspodidentityagent", "AddOnkubeproxy" },
            nodes["DependsOn"]!.AsArray().Select(name => name!.GetValue<string>()).ToHashSet());
    }

    [Theory]
    [InlineData("dev", "t4g.large", "AL2023_ARM_64_STANDARD", 2)]
    [InlineData("prod", "m7g.large", "AL2023_ARM_64_STANDARD", 3)]
    [InlineData("everything", "t3a.large", "AL2023_x86_64_STANDARD", 2)]
    public void nodes_have_the_size_of_their_stage_and_the_processor_that_was_asked_for(string stage, string type, string image,
        int nodes) =>
        (stage switch { "dev" => Synthesized.Dev, "prod" => Synthesized.Prod, _ => Synthesized.Everything }).Of("cluster")
            .HasResourceProperties("AWS::EKS::Nodegroup", new Obj
            {
                ["AmiType"] = image, ["InstanceTypes"] = new[] { type },
                ["ScalingConfig"] = Match.ObjectLike(new Obj { ["MinSize"] = nodes, ["DesiredSize"] = nodes }),
            });

    [Fact]
    public void a_node_has_an_encrypted_disk_and_keeps_its_own_credentials_from_its_pods() =>
        Synthesized.Prod.Of("cluster").HasResourceProperties("AWS::EC2::LaunchTemplate", new Obj
        {
            ["LaunchTemplateData"] = Match.ObjectLike(new Obj
            {
                ["MetadataOptions"] = new Obj { ["HttpTokens"] = "required", ["HttpPutResponseHopLimit"] = 1 },
                ["BlockDeviceMappings"] = new[] { Match.ObjectLike(
                    new Obj { ["Ebs"] = Match.ObjectLike(new Obj { ["Encrypted"] = true, ["VolumeType"] = "gp3" }) }) },
            }),
        });

    [Fact]
    public void people_enter_the_cluster_by_a_role_that_may_do_nothing_else()
    {
        var rights = new Rights(Synthesized.Prod);
        Assert.Equal(["eks:DescribeCluster"],
            rights.Of("trading-prod-operator").SelectMany(statement => Rights.Texts(statement["Action"])));
        Synthesized.Prod.Of("cluster").ResourceCountIs("AWS::EKS::AccessEntry", 1);
    }

    [Theory]
    [InlineData("dev", 2, 1)]
    [InlineData("prod", 3, 3)]
    public void the_network_spans_the_zones_of_its_stage_with_fixed_ways_out(string stage, int zones, int ways)
    {
        var deployment = stage == "dev" ? Synthesized.Dev : Synthesized.Prod;
        var subnets = deployment.All("AWS::EC2::Subnet").Select(subnet => subnet.Properties).ToList();
        Assert.Equal(3 * zones, subnets.Count);
        Assert.Equal(zones, subnets.Select(subnet => subnet["AvailabilityZone"]!.GetValue<string>()).Distinct().Count());
        Assert.DoesNotContain(subnets, subnet => subnet["MapPublicIpOnLaunch"]?.GetValue<bool>() == true);
        deployment.Of("network").ResourceCountIs("AWS::EC2::NatGateway", ways);
        deployment.Of("network").ResourceCountIs("AWS::EC2::EIP", ways);
    }

    [Fact]
    public void services_of_aws_are_reached_inside_of_the_network()
    {
        Assert.Equal(2, Synthesized.Dev.All("AWS::EC2::VPCEndpoint")
            .Count(endpoint => endpoint.Properties["VpcEndpointType"]!.GetValue<string>() == "Gateway"));
        foreach (var deployment in new[] { Synthesized.Dev, Synthesized.Prod })
        {
            Assert.Equal(deployment.Deployment.Stage.PrivateServices.Select(service => $"com.amazonaws.us-east-1.{service}").Order(),
                deployment.All("AWS::EC2::VPCEndpoint")
                .Where(endpoint => endpoint.Properties["VpcEndpointType"]!.GetValue<string>() == "Interface")
                    .Select(endpoint => endpoint.Properties["ServiceName"]!.GetValue<string>()).Order());
        }
    }

    [Fact]
    public void nothing_lets_the_whole_internet_in()
    {
        foreach (var deployment in new[] { Synthesized.Dev, Synthesized.Prod, Synthesized.Everything })
        {
            var rules = deployment.All("AWS::EC2::SecurityGroupIngress").Select(rule => rule.Properties)
                .Concat(deployment.All("AWS::EC2::SecurityGroup")
                    .SelectMany(group => group.Properties["SecurityGroupIngress"]?.AsArray() ?? []).Select(rule => rule!.AsObject()));
            Assert.DoesNotContain(rules, rule => rule["CidrIp"]?.ToString() is "0.0.0.0/0" || rule["CidrIpv6"] is not null);
        }
    }
}
