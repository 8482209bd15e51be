using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Microsoft.Extensions.Configuration;

namespace Trading.Deploy.Tests;

/// <summary>What the manifests tell the programs is what the programs understand.</summary>
public sealed class EnvironmentTests
{
    [ToolTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void the_settings_of_an_environment_are_known_and_valid(string environment)
    {
        var settings = Settings(Manifests.Of(environment).Settings, out var violations);
        Assert.Empty(violations);
        Assert.Equal(environment, settings.Profile);
        Assert.Equal(TransportKind.AmazonSqs, settings.Transport);
        Assert.Equal(JournalKind.Postgres, settings.Journal);
        Assert.True(settings.SealKeySecret is not null || settings.SealKeyFile is not null, "no key that seals");
    }

    [ToolTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void no_setting_of_an_environment_is_a_secret(string environment)
    {
        var settings = Manifests.Of(environment).Settings;
        Assert.DoesNotContain("Password", settings["Trading__JournalConnection"], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Trading__SealKey", settings.Keys);
    }

    [ToolTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void every_program_runs_a_service_or_a_command_that_exists(string environment)
    {
        string[] services = [.. Trading.Cli.Operations.ServiceCommand.Services.Select(service => $"service {service.Name}")];
        foreach (var workload in Manifests.Of(environment).Workloads
            .Where(workload => workload.Map("spec/template/metadata/labels").ContainsKey("trading/program")))
            Assert.Contains(string.Join(' ', workload.List("spec/template/spec/containers/0/args")),
                services.Concat(["journal migrate", "topology create"]));
    }

    [ToolTheory("kubectl")]
    [InlineData("dev")]
    [InlineData("prod")]
    public void every_queue_that_scales_a_service_is_its_own(string environment)
    {
        var manifests = Manifests.Of(environment);
        var settings = Settings(manifests.Settings, out _);
        var queues = TradingEndpoint.Of(settings).ToDictionary(endpoint => endpoint.Name, endpoint => endpoint.QueueName(settings.Scope));
        Assert.NotEmpty(manifests.Kind("ScaledObject"));
        foreach (var scaled in manifests.Kind("ScaledObject"))
        {
            var queue = queues[scaled.Text("spec/scaleTargetRef/name")!];
            Assert.Equal(queue,
                scaled.List("spec/triggers").Single(trigger => trigger.Text("type") == "aws-sqs-queue").Text("metadata/queueURL"));
            var age = scaled.List("spec/triggers").Single(trigger => trigger.Text("type") == "aws-cloudwatch");
            Assert.Equal((queue, "QueueName", "AWS/SQS"),
                (age.Text("metadata/dimensionValue"), age.Text("metadata/dimensionName"), age.Text("metadata/namespace")));
            Assert.All(scaled.List("spec/triggers"), trigger =>
            {
                Assert.Equal(settings.AwsRegion, trigger.Text("metadata/awsRegion"));
                Assert.True(manifests.Has("TriggerAuthentication", trigger.Text("authenticationRef/name")));
                // KEDA reads strings alone.
                Assert.All(trigger.Map("metadata"),
                    pair => Assert.Equal(System.Text.Json.JsonValueKind.String, trigger.At("metadata")![pair.Key]!.GetValueKind()));
            });
            Assert.InRange(scaled.At("spec/minReplicaCount")!.GetValue<long>(), 1, scaled.At("spec/maxReplicaCount")!.GetValue<long>());
            Assert.InRange(scaled.At("spec/fallback/replicas")!.GetValue<long>(), 1, scaled.At("spec/maxReplicaCount")!.GetValue<long>());
        }
    }

    [ToolFact("kubectl")]
    public void executors_together_stay_within_the_order_budget_of_the_exchange()
    {
        // Binance takes 50 orders in ten seconds from an account; an order may hold its place for the longest wait.
        var replicas = Manifests.Of("prod").Kind("ScaledObject").Single(scaled => Manifests.Name(scaled) == "executor")
            .At("spec/maxReplicaCount")!.GetValue<long>();
        var settings = new TradingSettings();
        var perMinute = replicas * TradingServices.ConcurrentMessages * 60
            / (settings.ExchangeTimeoutSeconds + Services.TradeExecution.Patience.TotalSeconds);
        Assert.InRange(perMinute, settings.MaxOrdersPerMinute, 300);
    }

    [ToolFact("kubectl")]
    public void a_role_by_annotation_is_of_the_account_of_the_stack()
    {
        var accounts = Manifests.With("prod", "irsa").Kind("ServiceAccount").ToList();
        Assert.All(accounts, account => Assert.Equal($"arn:aws:iam::444455556666:role/trading-prod-{Manifests.Name(account)}",
            account.Map("metadata/annotations")["eks.amazonaws.com/role-arn"]));
    }

    private static TradingSettings Settings(IReadOnlyDictionary<string, string> variables, out IReadOnlyList<string> violations) =>
        SettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(
            variables.ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value)).Build(),
            settings => settings, out violations);
}
