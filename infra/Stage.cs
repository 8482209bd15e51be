namespace Trading.Infra;

/// <summary>A stage of deployment: what differs between trying out and trading.</summary>
public sealed record Stage
{
    /// <summary>dev or prod: the application's profile of the same name runs there.</summary>
    public required string Name { get; init; }

    /// <summary>Whether what holds data outlives its stack and cannot be deleted by a slip.</summary>
    public required bool Protected { get; init; }

    /// <summary>Zones that everything is spread over.</summary>
    public required int Zones { get; init; }

    /// <summary>NAT gateways: one is a single point of failure that dev can live with.</summary>
    public required int NatGateways { get; init; }

    /// <summary>
    /// AWS services that are reached without leaving the VPC. Each costs by the hour and zone; the others go through the NAT gateways.
    /// </summary>
    public required IReadOnlyList<string> PrivateServices { get; init; }

    /// <summary>Size of a node by architecture.</summary>
    public required IReadOnlyDictionary<string, string> NodeType { get; init; }

    /// <summary>Nodes at the start, which is the least number too.</summary>
    public required int Nodes { get; init; }

    /// <summary>Most nodes.</summary>
    public required int MaxNodes { get; init; }

    /// <summary>Readers of the journal's database beside its writer; with one or more it fails over in less than a minute.</summary>
    public required int DatabaseReaders { get; init; }

    /// <summary>
    /// Least capacity of the database, in Aurora capacity units of 2 GB. It is never 0: the journal is sealed every second, so that the
    /// database never rests.
    /// </summary>
    public required double MinCapacity { get; init; }

    /// <summary>Most capacity of the database, in the same units.</summary>
    public required double MaxCapacity { get; init; }

    /// <summary>Days that the database can be put back to any second of.</summary>
    public required int BackupDays { get; init; }

    /// <summary>Days that logs are kept for.</summary>
    public required int LogDays { get; init; }

    /// <summary>Days that a checkpoint is locked for: AnchorRetentionDays of the application must be the same.</summary>
    public required int AnchorLockDays { get; init; }

    /// <summary>
    /// Who may delete a checkpoint before: COMPLIANCE nobody, GOVERNANCE those with the right to bypass it. AnchorRetentionMode of the
    /// application must be the same.
    /// </summary>
    public required string AnchorLockMode { get; init; }

    /// <summary>Days after which a checkpoint is deleted; more than it is locked for.</summary>
    public required int AnchorExpiryDays { get; init; }

    /// <summary>Seconds between two prices of the application's profile.</summary>
    public required int PriceIntervalSeconds { get; init; }

    /// <summary>SageMaker instances where there is an endpoint.</summary>
    public required int ModelInstances { get; init; }

    /// <summary>What a month may cost, in USD, unless the context says otherwise.</summary>
    public required int BudgetUsd { get; init; }

    /// <summary>For trying out: small, and gone with its stacks.</summary>
    public static Stage Dev { get; } = new()
    {
        Name = "dev", Protected = false, Zones = 2, NatGateways = 1, PrivateServices = ["sqs", "sns", "secretsmanager"],
        NodeType = new Dictionary<string, string> { ["arm64"] = "t4g.large", ["amd64"] = "t3a.large" }, Nodes = 2, MaxNodes = 3,
        DatabaseReaders = 0, MinCapacity = 0.5, MaxCapacity = 2, BackupDays = 7, LogDays = 30,
        AnchorLockDays = 1, AnchorLockMode = "GOVERNANCE", AnchorExpiryDays = 30, PriceIntervalSeconds = 300, ModelInstances = 1,
        BudgetUsd = 500,
    };

    /// <summary>For trading: spread over three zones, and kept.</summary>
    public static Stage Prod { get; } = new()
    {
        Name = "prod", Protected = true, Zones = 3, NatGateways = 3,
        PrivateServices = ["sqs", "sns", "secretsmanager", "kms", "sts", "logs", "monitoring", "ecr.api", "ecr.dkr", "ec2", "eks-auth",
            "bedrock-runtime"],
        NodeType = new Dictionary<string, string> { ["arm64"] = "m7g.large", ["amd64"] = "m7a.large" }, Nodes = 3, MaxNodes = 9,
        DatabaseReaders = 1, MinCapacity = 1, MaxCapacity = 16, BackupDays = 35, LogDays = 365,
        AnchorLockDays = 3650, AnchorLockMode = "COMPLIANCE", AnchorExpiryDays = 4000, PriceIntervalSeconds = 60, ModelInstances = 2,
        BudgetUsd = 1800,
    };

    /// <summary>Every stage.</summary>
    public static IReadOnlyList<Stage> All { get; } = [Dev, Prod];
}
