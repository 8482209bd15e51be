using System.Text.Json.Nodes;
using Trading.Hosting.Settings;
using Trading.Services;

namespace Trading.Deploy.Tests;

/// <summary>What the programs of the system must hold: time to end, a spread over nodes, a priority, no fewer in a roll-out.</summary>
internal static class ProgramPolicy
{
    // TradingHost's own time to end, and how long SQS hides a message that was taken, where nothing else is said.
    private const int ShutdownSeconds = 4;
    private const int VisibilitySeconds = 30;
    private static readonly string[] Spread = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];

    public static IEnumerable<string> Program(JsonNode workload)
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
}
