using System.Text.Json.Nodes;

namespace Trading.Deploy.Tests;

/// <summary>What every environment must hold, beyond what a schema sees; each violation is one line that names the document.</summary>
internal sealed class Policy(Manifests manifests)
{
    private static readonly string[] ClusterKinds = ["Namespace", "PriorityClass"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    /// <summary>Everything that is wrong.</summary>
    public static IReadOnlyList<string> Violations(Manifests manifests)
    {
        var policy = new Policy(manifests);
        return [
            .. manifests.Workloads.SelectMany(
                workload => policy.Workload(workload).Select(wrong => $"{Manifests.Title(workload)}: {wrong}")),
            .. manifests.Documents.SelectMany(
                document => policy.Document(document).Select(wrong => $"{Manifests.Title(document)}: {wrong}")),
        ];
    }

    private IEnumerable<string> Workload(JsonNode workload) =>
    [
        .. PodPolicy.Pod(workload.At("spec/template/spec")!), .. PodPolicy.Containers(workload),
        .. References(workload.At("spec/template/spec")!), .. Guards(workload),
        .. workload.Text("kind") == "Job" ? [] : Served(workload),
        .. IsProgram(workload) && workload.Text("kind") == "Deployment" ? ProgramPolicy.Program(workload) : [],
    ];

    private static bool IsProgram(JsonNode workload) => workload.Map("spec/template/metadata/labels").ContainsKey("trading/program");

    // What a name leads to must be there, or be made by an operator that is asked to make it.
    private IEnumerable<string> References(JsonNode pod)
    {
        var secrets = manifests.Kind("Secret").Select(Manifests.Name)
            .Concat(manifests.Kind("ExternalSecret").Select(secret => secret.Text("spec/target/name"))).ToHashSet();
        var containers = pod.List("initContainers").Concat(pod.List("containers")).ToList();
        var variables = containers.SelectMany(container => container.List("env")).ToList();
        var sources = containers.SelectMany(container => container.List("envFrom")).ToList();
        var volumes = pod.List("volumes").Where(volume => volume.Text("configMap/optional") != "true").ToList();
        return
        [
            .. Missing("ConfigMap",
                sources.Select(source => source.Text("configMapRef/name")).Concat(volumes.Select(volume => volume.Text("configMap/name")))),
            .. Missing("ServiceAccount", [pod.Text("serviceAccountName") ?? "default"]),
            .. Missing("PriorityClass", [pod.Text("priorityClassName")]),
            .. Missing("PersistentVolumeClaim", volumes.Select(volume => volume.Text("persistentVolumeClaim/claimName"))),
            .. variables.Select(variable => variable.Text("valueFrom/secretKeyRef/name"))
                .Concat(sources.Select(source => source.Text("secretRef/name")))
                .Concat(volumes.Select(volume => volume.Text("secret/secretName")))
                .Where(name => name is not null && !secrets.Contains(name)).Select(name => $"there is no Secret {name}"),
        ];
    }

    private IEnumerable<string> Missing(string kind, IEnumerable<string?> names) =>
        names.Where(name => name is not null && !manifests.Has(kind, name)).Select(name => $"there is no {kind} {name}");

    private IEnumerable<string> Guards(JsonNode workload)
    {
        var policies = manifests.Kind("NetworkPolicy")
            .Where(policy => policy.At("spec/podSelector") is JsonObject { Count: > 0 } selector && Manifests.Selects(selector, workload));
        if (!policies.Any())
            yield return "has no network policy of its own";
        if (workload.At("spec/selector") is { } own && !Manifests.Selects(own, workload))
            yield return "does not select its own pods";
    }

    // What is there all the time is probed, and gives way to a drained node one by one.
    private IEnumerable<string> Served(JsonNode workload)
    {
        foreach (var container in workload.List("spec/template/spec/containers"))
        {
            var ports = container.List("ports").Select(port => port.Text("name")).ToList();
            foreach (var probe in Probes)
            {
                if (container.At(probe) is not { } asked)
                    yield return $"{container.Text("name")} has no {probe}";
                else if ((asked.Text("httpGet/port") ?? asked.Text("tcpSocket/port")) is { } port && !ports.Contains(port))
                    yield return $"{probe} asks port {port}, which {container.Text("name")} does not have";
            }
        }
        if (!manifests.Kind("PodDisruptionBudget").Any(budget => Manifests.Selects(budget.At("spec/selector"), workload)))
            yield return "has no disruption budget";
        var scaled = manifests.Kind("ScaledObject", "HorizontalPodAutoscaler")
            .Count(scaler => scaler.Text("spec/scaleTargetRef/name") == Manifests.Name(workload));
        if (scaled > 1)
            yield return "is scaled by two";
        if ((workload.At("spec/replicas") is null) != (scaled > 0))
            yield return "says how many replicas it has where an autoscaler does, or nobody says it";
    }

    private IEnumerable<string> Document(JsonNode document) => [.. InNamespace(document), .. document.Text("kind") switch
    {
        "Service" => Exposes(document),
        "PodDisruptionBudget" => document.Text("spec/maxUnavailable") == "1" && Taken(document.At("spec/selector"))
            ? [] : ["is for no pod, or lets none or all of them go"],
        "NetworkPolicy" => Taken(document.At("spec/podSelector")) ? [] : ["is for no pod"],
        "ScaledObject" or "HorizontalPodAutoscaler" => Missing("Deployment", [document.Text("spec/scaleTargetRef/name")]),
        "ExternalSecret" => Missing("SecretStore", [document.Text("spec/secretStoreRef/name")]),
        "Namespace" => document.Map("metadata/labels").GetValueOrDefault("pod-security.kubernetes.io/enforce") == "restricted"
            ? [] : ["does not enforce Pod Security restricted"],
        _ => Array.Empty<string>(),
    }];

    private static IEnumerable<string> InNamespace(JsonNode document) =>
        ClusterKinds.Contains(document.Text("kind")) || document.Text("metadata/namespace") == "trading"
            ? [] : ["is outside of the namespace trading"];

    private bool Taken(JsonNode? selector) => manifests.Workloads.Any(workload => Manifests.Selects(selector, workload));

    private IEnumerable<string> Exposes(JsonNode service)
    {
        var pods = manifests.Workloads
            .Where(workload => Manifests.Selects(new JsonObject { ["matchLabels"] = service.At("spec/selector")!.DeepClone() }, workload))
            .ToList();
        if (pods.Count == 0)
            return ["selects no pod"];
        var ports = pods.SelectMany(pod => pod.List("spec/template/spec/containers")).SelectMany(container => container.List("ports"))
            .Select(port => port.Text("name")).ToHashSet();
        return service.List("spec/ports").Where(port => !ports.Contains(port.Text("targetPort")))
            .Select(port => $"leads to port {port.Text("targetPort")}, which no pod has");
    }
}
