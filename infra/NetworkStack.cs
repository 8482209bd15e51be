using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.KMS;
using Constructs;

namespace Trading.Infra;

/// <summary>
/// The network: everything that computes or stores lies in private subnets; the way out is by NAT gateways with fixed addresses.
/// </summary>
public sealed class NetworkStack : TradingStack
{
    /// <summary>Makes the network.</summary>
    public NetworkStack(Construct scope, Deployment deployment)
        : base(scope, "network", "VPC, private subnets, NAT gateways, endpoints of AWS services", deployment)
    {
        LogKey = NewKey("logs", LogService);
        // An exchange can bind an API key to addresses: these stay.
        var addresses = Enumerable.Range(1, Stage.NatGateways)
            .Select(number => new CfnEIP(this, $"Address{number}", new CfnEIPProps { Domain = "vpc" }))
            .ToArray();
        Vpc = new Vpc(this, "Vpc", new VpcProps
        {
            VpcName = Names.System,
            IpAddresses = IpAddresses.Cidr("10.40.0.0/16"),
            AvailabilityZones = [.. Deployment.Zones],
            NatGateways = Stage.NatGateways,
            NatGatewayProvider = NatProvider.Gateway(
                new NatGatewayProps { EipAllocationIds = [.. addresses.Select(address => address.AttrAllocationId)] }),
            RestrictDefaultSecurityGroup = false,
            SubnetConfiguration =
            [
                new SubnetConfiguration { Name = "nat", SubnetType = SubnetType.PUBLIC, CidrMask = 26, MapPublicIpOnLaunch = false },
                new SubnetConfiguration { Name = "pods", SubnetType = SubnetType.PRIVATE_WITH_EGRESS, CidrMask = 20 },
                new SubnetConfiguration { Name = "data", SubnetType = SubnetType.PRIVATE_ISOLATED, CidrMask = 26 },
            ],
            GatewayEndpoints = new Dictionary<string, IGatewayVpcEndpointOptions>
            {
                ["S3"] = new GatewayVpcEndpointOptions { Service = GatewayVpcEndpointAwsService.S3 },
                ["DynamoDb"] = new GatewayVpcEndpointOptions { Service = GatewayVpcEndpointAwsService.DYNAMODB },
            },
        });
        Endpoints();
        Vpc.AddFlowLog("Rejected", new FlowLogOptions
        {
            Destination = FlowLogDestination.ToCloudWatchLogs(NewLogs("RejectedConnections", Names.FlowLogs, LogKey)),
            TrafficType = FlowLogTrafficType.REJECT,
        });

        Output("VpcId", Vpc.VpcId, "The VPC");
        Output("PrivateSubnets", string.Join(',', Vpc.PrivateSubnets.Select(subnet => subnet.SubnetId)), "Subnets of the nodes");
        Output("OutgoingAddresses", string.Join(',', addresses.Select(address => address.Ref)),
            "Addresses that exchanges see: bind the exchange's API key to them");
    }

    /// <summary>The network.</summary>
    public Vpc Vpc { get; }

    /// <summary>Encrypts logs.</summary>
    public Key LogKey { get; }

    /// <summary>Where pods and functions run.</summary>
    public static SubnetSelection Pods { get; } = new SubnetSelection { SubnetGroupName = "pods" };

    /// <summary>Where the database is: from there nothing leads out.</summary>
    public static SubnetSelection Data { get; } = new SubnetSelection { SubnetGroupName = "data" };

    private void Endpoints()
    {
        var callers = new SecurityGroup(this, "EndpointCallers", new SecurityGroupProps
        {
            Vpc = Vpc, Description = "Endpoints of AWS services: HTTPS from inside of the VPC", AllowAllOutbound = false,
        });
        callers.AddIngressRule(Peer.Ipv4(Vpc.VpcCidrBlock), Port.Tcp(443), "HTTPS from inside of the VPC");
        foreach (var service in Stage.PrivateServices.Concat(Deployment.HuggingFaceImage is null ? [] : ["sagemaker.runtime"]))
        {
            Vpc.AddInterfaceEndpoint(string.Concat(service.Split('.', '-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])),
                new InterfaceVpcEndpointOptions
                {
                    Service = new InterfaceVpcEndpointService($"com.amazonaws.{Deployment.Region}.{service}", 443),
                    PrivateDnsEnabled = true,
                    Subnets = Pods, SecurityGroups = [callers], Open = false,
                });
        }
    }
}
