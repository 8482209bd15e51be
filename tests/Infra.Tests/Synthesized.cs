using System.Text.Json.Nodes;
using Amazon.CDK;
using Amazon.CDK.Assertions;

namespace Trading.Infra.Tests;

/// <summary>The templates of a deployment, made once for all tests.</summary>
public sealed class Synthesized
{
    /// <summary>The account that tests deploy to.</summary>
    public const string Account = "123456789012";

    /// <summary>Issuer of the tokens of a cluster, where it is named.</summary>
    public const string Issuer = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF";

    private readonly Dictionary<string, TradingStack> _stacks;
    private readonly Dictionary<string, Template> _asserted = [];

    static Synthesized()
    {
        // What a newer node than the CDK knows is worth to say is said by the CDK on every start, in twenty lines.
        foreach (var silence in new[] { "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION",
            "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION" })
            System.Environment.SetEnvironmentVariable(silence, "1");
    }

    private Synthesized(params string[] context)
    {
        var values = context.Append($"account={Account}").Append("region=us-east-1").Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Deployment = Deployment.Read(values.GetValueOrDefault, _ => null);
        Names = new(Deployment, Account);
        Topology = Topology.Of(Deployment);
        Folder = Directory.CreateTempSubdirectory("trading-infra-").FullName;
        var app = new App(new AppProps { Outdir = Folder, AnalyticsReporting = false, TreeMetadata = false });
        _stacks = TradingApp.Build(app, Deployment).ToDictionary(stack => Short(stack.StackName));
        app.Synth();
        Templates = Directory.EnumerateFiles(Folder, "*.template.json")
            .ToDictionary(file => Short(Path.GetFileName(file).Split('.')[0]), file => JsonNode.Parse(File.ReadAllText(file))!.AsObject());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Folder, recursive: true);
    }

    /// <summary>For trying out, nothing said but the stage.</summary>
    public static Synthesized Dev => DevOnce.Value;

    /// <summary>For trading, nothing said but the stage.</summary>
    public static Synthesized Prod => ProdOnce.Value;

    /// <summary>Everything that is switched off otherwise.</summary>
    public static Synthesized Everything => EverythingOnce.Value;

    public Deployment Deployment { get; }

    public Names Names { get; }

    public Topology Topology { get; }

    /// <summary>Folder of the templates.</summary>
    public string Folder { get; }

    /// <summary>Templates by the short names of their stacks.</summary>
    public IReadOnlyDictionary<string, JsonObject> Templates { get; }

    /// <summary>All resources of a kind, each with the name of its stack and its own.</summary>
    public IEnumerable<(string Stack, string Name, JsonObject Properties)> All(string type) =>
        from template in Templates
        from resource in template.Value["Resources"]!.AsObject()
        where resource.Value!["Type"]!.GetValue<string>() == type
        select (template.Key, resource.Key, resource.Value["Properties"]?.AsObject() ?? []);

    /// <summary>A template with the CDK's own assertions.</summary>
    public Template Of(string stack)
    {
        lock (_asserted)
            return _asserted.TryGetValue(stack, out var template) ? template : _asserted[stack] = Template.FromStack(_stacks[stack]);
    }

    private string Short(string stack) => stack[(Names.System.Length + 1)..];

    private static readonly Lazy<Synthesized> DevOnce = new(() => new("env=dev"));
    private static readonly Lazy<Synthesized> ProdOnce = new(() => new("env=prod"));

    private static readonly Lazy<Synthesized> EverythingOnce = new(() => new(
        "env=dev", "scope=second", "timestream=true", "recordedRuns=true", "exchange=binance", "alertEmail=ops@example.com",
            "architecture=amd64", "kubectlFrom=203.0.113.7/32", $"oidcIssuer={Issuer}",
        "huggingfaceImage=763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0",
            "huggingfaceModelData=s3://models/chronos.tar.gz"));
}

/// <summary>The CDK runs in one node process: its tests run one after the other.</summary>
[CollectionDefinition(nameof(Cdk), DisableParallelization = true)]
public sealed class Cdk;
