using System.Text.Json.Nodes;

namespace Trading.Deploy.Tests;

/// <summary>What every pod and container must hold: few rights, pinned images, requests and limits, volumes that are there.</summary>
internal static class PodPolicy
{
    private static readonly string[] HostParts = ["hostNetwork", "hostPID", "hostIPC"];
    private static readonly string[] WritableVolumes = ["emptyDir", "persistentVolumeClaim"];

    // Pod Security "restricted", and less than it: no token, no variables about other services.
    public static IEnumerable<string> Pod(JsonNode pod)
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

    public static IEnumerable<string> Containers(JsonNode workload)
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
}
