using Trading.Hosting.Settings;
using System.Text.Json.Nodes;
using Trading.Services;

namespace Trading.Deploy.Tests;

/// <summary>What every environment must hold, beyond what a schema sees; each violation is one line that names the document.</summary>
internal sealed class Policy(Manifests manifests)
{
    // TradingHost's own time to end, and how long SQS hides a message that was taken, where nothing else is said.
    private const int ShutdownSeconds = 4;
    private const int VisibilitySeconds = 30;
    private static readonly string[] ClusterKinds = ["Namespace", "PriorityClass"];
    private static readonly string[] HostParts = ["hostNetwork", "hostPID", "hostIPC"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    private static readonly string[] Spread = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];
    private static readonly string[] WritableVolumes = ["emptyDir", "persistentVolumeClaim"];

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
        .. Pod(workload.At("spec/template/spec")!), .. Containers(workload),
        .. References(workload.At("spec/template/spec")!), .. Guards(workload),
        .. workload.Text("kind") == "Job" ? [] : Served(workload),
        .. IsProgram(workload) && workload.Text("kind") == "Deployment" ? Program(workload) : [],
    ];

    private static bool IsProgram(JsonNode workload) => workload.Map("spec/template/metadata/labels").ContainsKey("trading/program");

    // Pod Security "restricted", and less than it: no token, no variables about other services.
    private static IEnumerable<string> Pod(JsonNode pod)
    {
        if (pod.Text("securityContext/runAsNonRoot") != "true" || pod.Text("securityContext/runAsUser") is null or "0")
            yield return "runs as root, or does not say that it does not";
        if (pod.Text("securityContext/seccompProfile/type") != "RuntimeDefault")
            yield return "has no seccomp profile";
        if (pod.Text("automountServiceAccountToken") != "false")
            yield return "has a token of the API server";
        if (pod.Text("enableServiceLinks") != "false")
            yield return "gets variables about every Service";
        foreach (var host in HostParts.Where(host => pod.Text(host) == "true"))
            yield return $"has {host}";
        foreach (var volume in pod.List("volumes").Where(volume => volume.At("hostPath") is not null))
            yield return $"mounts the node's {volume.Text("hostPath/path")}";
    }

    private static IEnumerable<JsonNode> ContainersOf(JsonNode workload) =>
        [.. workload.List("spec/template/spec/initContainers"), .. workload.List("spec/template/spec/containers")];

    private static IEnumerable<string> Containers(JsonNode workload)
    {
        foreach (var container in ContainersOf(workload))
        {
            var name = container.Text("name");
            if (container.Text("securityContext/allowPrivilegeEscalation") != "false"
                || container.Text("securityContext/privileged") == "true")
                yield return $"{name} may gain privileges";
            if (container.Text("securityContext/readOnlyRootFilesystem") != "true")
                yield return $"{name} can write to its root file system";
            if (container.Text("securityContext/capabilities/drop/0") != "ALL"
                || container.At("securityContext/capabilities/add") is not null)
                yield return $"{name} keeps capabilities";
            if (container.Text("resources/requests/cpu") is null || container.Text("resources/limits/cpu") is not null)
                yield return $"{name} needs a request of the processor, and no limit of it";
            if (container.Text("resources/limits/memory") is not { } memory || container.Text("resources/requests/memory") != memory)
                yield return $"{name} needs a limit of memory, and requests as much";
            if (container.Text("image") is not { } image || image.EndsWith(":latest", StringComparison.Ordinal)
                || !(image.Contains('@') || image.Contains(':')))
                yield return $"{name} runs an image that is not pinned: {container.Text("image")}";
            var volumes = workload.List("spec/template/spec/volumes").Concat(workload.List("spec/volumeClaimTemplates"))
                .ToDictionary(volume => volume.Text("name") ?? volume.Text("metadata/name")!);
            foreach (var mount in container.List("volumeMounts"))
            {
                if (!volumes.TryGetValue(mount.Text("name")!, out var volume))
                    yield return $"{name} mounts {mount.Text("name")}, which is no volume";
                else if (mount.Text("readOnly") != "true" && volume.At("metadata") is null
                    && !WritableVolumes.Any(kind => volume.At(kind) is not null))
                    yield return $"{name} mounts {mount.Text("name")} without readOnly";
            }
        }
    }

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

    private static IEnumerable<string> Program(JsonNode workload)
    {
        var pod = workload.At("spec/template/spec")!;
        var settings = new TradingSettings();
        var longest = pod.At("containers/0/lifecycle/preStop/sleep/seconds")?.GetValue<long>() + settings.ExchangeTimeoutSeconds
            + (int)TradeExecution.Patience.TotalSeconds + ShutdownSeconds;
        if (pod.At("terminationGracePeriodSeconds")?.GetValue<long>() is not { } grace || !(grace >= longest && grace < VisibilitySeconds))
            yield return $"its grace period must be at least the longest order wait ({longest} s with the end of the program) and less "
                + $"than the queue's visibility ({VisibilitySeconds} s)";
        var spread = pod.List("topologySpreadConstraints");
        foreach (var key in Spread
            .Where(key => spread.All(constraint => constraint.Text("topologyKey") != key)))
            yield return $"is not spread by {key}";
        foreach (var constraint in spread.Where(constraint => !Manifests.Selects(constraint.At("labelSelector"), workload)))
            yield return $"spreads other pods than its own by {constraint.Text("topologyKey")}";
        if (pod.Text("priorityClassName") != (Manifests.Name(workload) == "executor" ? "trading-executor" : "trading-service"))
            yield return $"has the priority {pod.Text("priorityClassName") ?? "of any pod"}";
        if (workload.Text("spec/strategy/rollingUpdate/maxUnavailable") != "0")
            yield return "has fewer replicas while it is rolled out";
        if (pod.Text("containers/0/args/1") is { } service && service != Manifests.Name(workload))
            yield return $"runs the service {service}";
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
