using System.Text.Json.Nodes;

namespace Trading.Deploy.Tests;

/// <summary>Every environment holds the policy, and the test fails where a part of it is taken away.</summary>
public sealed class PolicyTests
{
    [ToolTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void an_environment_holds_the_policy(string environment) => Assert.Empty(Policy.Violations(Manifests.Of(environment)));

    [ToolTheory("kubectl")]
    [InlineData("irsa")]
    [InlineData("dashboard")]
    public void a_component_holds_the_policy(string component) => Assert.Empty(Policy.Violations(Manifests.With("dev", component)));

    [ToolTheory("kubectl")]
    [InlineData("spec/template/spec/containers/0/livenessProbe", "has no livenessProbe")]
    [InlineData("spec/template/spec/containers/0/startupProbe", "has no startupProbe")]
    [InlineData("spec/template/spec/containers/0/readinessProbe", "has no readinessProbe")]
    [InlineData("spec/template/spec/containers/0/resources/limits", "needs a limit of memory")]
    [InlineData("spec/template/spec/containers/0/resources/requests/cpu", "needs a request of the processor")]
    [InlineData("spec/template/spec/containers/0/securityContext", "may gain privileges")]
    [InlineData("spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem", "can write to its root file system")]
    [InlineData("spec/template/spec/containers/0/volumeMounts/1/readOnly", "without readOnly")]
    [InlineData("spec/template/spec/securityContext", "runs as root")]
    [InlineData("spec/template/spec/automountServiceAccountToken", "has a token")]
    [InlineData("spec/template/spec/terminationGracePeriodSeconds", "grace period")]
    [InlineData("spec/template/spec/priorityClassName", "has the priority")]
    [InlineData("spec/template/spec/topologySpreadConstraints", "is not spread")]
    [InlineData("spec/template/spec/serviceAccountName", "there is no ServiceAccount default")]
    [InlineData("spec/template/metadata/labels/app.kubernetes.io~name", "does not select its own pods")]
    public void a_deployment_that_lacks_a_part_is_found(string path, string violation)
    {
        var manifests = Manifests.Of("dev");
        Remove(manifests.Kind("Deployment").Single(deployment => Manifests.Name(deployment) == "executor"), path);
        Assert.Contains(Policy.Violations(manifests), line =>
            line.StartsWith("Deployment executor: ", StringComparison.Ordinal) && line.Contains(violation, StringComparison.Ordinal));
    }

    [ToolTheory("kubectl")]
    [InlineData("PodDisruptionBudget", "has no disruption budget")]
    [InlineData("ServiceAccount", "there is no ServiceAccount executor")]
    [InlineData("ScaledObject", "or nobody says it")]
    [InlineData("ConfigMap", "there is no ConfigMap")]
    [InlineData("ExternalSecret", "there is no Secret journal")]
    [InlineData("PriorityClass", "there is no PriorityClass")]
    [InlineData("NetworkPolicy", "has no network policy of its own")]
    public void a_deployment_whose_surroundings_lack_is_found(string kind, string violation)
    {
        var manifests = Manifests.Of("dev");
        var without = new Manifests([.. manifests.Documents.Where(document => document.Text("kind") != kind)]);
        Assert.Contains(Policy.Violations(without), line =>
            line.StartsWith("Deployment executor: ", StringComparison.Ordinal) && line.Contains(violation, StringComparison.Ordinal));
    }

    [ToolTheory("kubectl")]
    [InlineData("dev")]
    [InlineData("prod")]
    public void on_AWS_every_image_is_named_by_its_digest(string environment) =>
        Assert.All(Manifests.Of(environment).Workloads.SelectMany(workload => workload.List("spec/template/spec/containers")),
            container => Assert.Matches("@sha256:[0-9a-f]{64}$", container.Text("image")));

    [ToolTheory("kubectl")]
    [MemberData(nameof(Manifests.All), MemberType = typeof(Manifests))]
    public void nothing_goes_in_or_out_that_no_policy_allows(string environment)
    {
        var deny = Manifests.Of(environment).Kind("NetworkPolicy").Single(policy => Manifests.Name(policy) == "default-deny");
        Assert.Equal("{\"podSelector\":{},\"policyTypes\":[\"Ingress\",\"Egress\"]}", deny.At("spec")!.ToJsonString());
    }

    [ToolTheory("kubectl")]
    [InlineData("predictor")]
    [InlineData("risk-manager")]
    [InlineData("journal-migration")]
    public void who_has_no_business_on_the_internet_has_no_way_there(string service)
    {
        var manifests = Manifests.Of("prod");
        var pods = manifests.Workloads.Single(workload => Manifests.Name(workload) == service);
        var reached = manifests.Kind("NetworkPolicy").Where(policy => Manifests.Selects(policy.At("spec/podSelector"), pods))
            .SelectMany(policy => policy.List("spec/egress")).SelectMany(rule => rule.List("to"))
            .Select(to => to.Text("ipBlock/cidr")).OfType<string>();
        Assert.All(reached, block => Assert.True(block is "10.0.0.0/8" or "169.254.170.23/32", block));
    }

    [ToolFact("kubectl")]
    public void each_service_has_an_account_of_its_own_and_the_migration_alone_has_the_owners_password()
    {
        var manifests = Manifests.Of("prod");
        Assert.Equal(["executor", "journal-migration", "predictor", "price-collector", "risk-manager"],
            manifests.Workloads.Select(workload => workload.Text("spec/template/spec/serviceAccountName")).Order());
        Assert.Equal(["journal-migration"], manifests.Workloads
            .Where(workload => workload.ToJsonString().Contains("journal-owner", StringComparison.Ordinal)).Select(Manifests.Name));
    }

    private static void Remove(JsonNode document, string path)
    {
        var (parent, name) = (path[..path.LastIndexOf('/')], path[(path.LastIndexOf('/') + 1)..].Replace('~', '/'));
        Assert.True(document.At(parent)!.AsObject().Remove(name), $"{path} is not there");
    }
}
