using System.Globalization;
using System.Text;

namespace Trading.Infra;

/// <summary>What something costs in a month.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Quantity">How much of it.</param>
/// <param name="Unit">Of what.</param>
/// <param name="PriceUsd">List price of one.</param>
public sealed record Cost(string Name, decimal Quantity, string Unit, decimal PriceUsd)
{
    /// <summary>Quantity times price.</summary>
    public decimal Usd => Math.Round(Quantity * PriceUsd, 2);
}

/// <summary>
/// What a stage costs in a month, item by item: list prices of us-east-1 as they were known in November 2026, without taxes, discounts and
/// free tiers. Quantities that the stacks fix come from them; those that depend on use are assumptions that the names tell.
/// </summary>
public static class Costs
{
    /// <summary>When the prices were written down.</summary>
    public const string PricesOf = "2026-11";

    private const decimal Hours = 730;

    private static readonly Dictionary<string, decimal> NodeHour = new()
    {
        ["t4g.large"] = 0.0672m, ["m7g.large"] = 0.0816m, ["t3a.large"] = 0.0752m, ["m7a.large"] = 0.1159m,
    };

    /// <summary>The items of a deployment.</summary>
    public static IReadOnlyList<Cost> Of(Deployment deployment, int alarms, int secrets)
    {
        var stage = deployment.Stage;
        var prod = stage.Protected;
        var prices = 30m * 86_400 / stage.PriceIntervalSeconds;
        // Aurora follows its load between the two bounds; twice the least is what sealing, decisions and pages took in the assumption.
        var capacity = (decimal)stage.MinCapacity * 2 * (1 + stage.DatabaseReaders);
        return
        [
            new("EKS control plane, standard support", Hours, "hours", 0.10m),
            new($"{stage.Nodes} nodes {stage.NodeType[deployment.Architecture]}", stage.Nodes * Hours, "hours",
                NodeHour[stage.NodeType[deployment.Architecture]]),
            new("Disks of the nodes, gp3", stage.Nodes * 30, "GB", 0.08m),
            new("NAT gateways", stage.NatGateways * Hours, "hours", 0.045m),
            new("NAT gateways, data", prod ? 30 : 10, "GB", 0.045m),
            new("Public addresses of the NAT gateways", stage.NatGateways * Hours, "hours", 0.005m),
            new($"{stage.PrivateServices.Count} interface endpoints in {deployment.Zones.Count} zones",
                stage.PrivateServices.Count * deployment.Zones.Count * Hours, "hours", 0.01m),
            new("Interface endpoints, data", prod ? 30 : 5, "GB", 0.01m),
            new("Traffic between zones, both ways", prod ? 50 : 5, "GB", 0.02m),
            new($"Aurora, {1 + stage.DatabaseReaders} instance(s), average capacity", capacity * Hours, "ACU hours", 0.12m),
            new("Aurora storage", prod ? 100 : 10, "GB", 0.10m),
            new("Aurora requests to storage", prod ? 50 : 15, "million", 0.20m),
            new("Aurora backups beyond the size of the database", prod ? 200 : 10, "GB", 0.021m),
            new("Keys", 6, "keys", 1.00m),
            new("Requests to keys", prod ? 100 : 10, "times 10,000", 0.03m),
            new("Secrets", secrets, "secrets", 0.40m),
            new("SNS publications", prod ? 0.2m : 0.05m, "million", 0.50m),
            new("SQS requests, long polls of waiting pods included", prod ? 6 : 2, "million", 0.40m),
            new("DynamoDB writes, one a price, two units", 2 * prices / 1_000_000, "million", 0.625m),
            new("DynamoDB storage and recovery", 1, "GB", 0.45m),
            new("S3 puts, one a price and one checkpoint an hour", (prices + 720) / 1000, "thousand", 0.005m),
            new("S3 storage, logs included", prod ? 5 : 1, "GB", 0.023m),
            new("CloudWatch metrics of the application", prod ? 80 : 50, "series", 0.30m),
            new("CloudWatch alarms", alarms, "alarms", 0.10m),
            new("CloudWatch logs, taken in", prod ? 25 : 8, "GB", 0.50m),
            new("CloudWatch logs, kept", prod ? 150 : 8, "GB", 0.03m),
            new("Bedrock, a question every 300 s: 1,500 tokens read", 8640 * 1500m / 1_000_000, "million", 1.00m),
            new("Bedrock, the answers: 300 tokens written", 8640 * 300m / 1_000_000, "million", 5.00m),
        ];
    }

    /// <summary>What the switches add.</summary>
    public static IReadOnlyList<Cost> Switched(Stage stage) =>
    [
        new("`huggingfaceImage`: SageMaker ml.c6i.xlarge", stage.ModelInstances * Hours, "hours", 0.204m),
        new("`timestream`: writes, a price each of 1 KB", 30m * 86_400 / stage.PriceIntervalSeconds / 1_000_000, "million", 0.50m),
    ];

    /// <summary>Tables as the documents show them.</summary>
    public static string Table(IReadOnlyList<Cost> dev, IReadOnlyList<Cost> prod)
    {
        var text = new StringBuilder("| item, a month | dev | USD | prod | USD |\n|---|---|---|---|---|\n");
        for (var at = 0; at < dev.Count; at++)
        {
            var name = dev[at].Name == prod[at].Name ? dev[at].Name : $"{dev[at].Name} / {prod[at].Name}";
            text.Append(CultureInfo.InvariantCulture,
                $"| {name} | {Amount(dev[at])} | {dev[at].Usd:0.00} | {Amount(prod[at])} | {prod[at].Usd:0.00} |\n");
        }
        text.Append(CultureInfo.InvariantCulture,
            $"| **total** | | **{dev.Sum(item => item.Usd):0.00}** | | **{prod.Sum(item => item.Usd):0.00}** |\n");
        return text.ToString();

        static string Amount(Cost cost) =>
            string.Create(CultureInfo.InvariantCulture, $"{cost.Quantity:0.###} {cost.Unit} x {cost.PriceUsd:0.####}");
    }
}
