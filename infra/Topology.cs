using System.Text.Json;

namespace Trading.Infra;

/// <summary>
/// Topics and queues as <c>trading topology --json</c> prints them: the application is the one source of these names. A copy of what it
/// prints lies beside this file; a test compares the two.
/// </summary>
/// <param name="Topics">Names of the topics.</param>
/// <param name="Queues">The queues.</param>
public sealed record Topology(IReadOnlyList<string> Topics, IReadOnlyList<TopologyQueue> Queues)
{
    // The queue that only recorded runs read.
    private const string RecordedRunsQueue = "price-collector-decisions";

    /// <summary>Service accounts by the queue that their service reads, without the scope.</summary>
    private static readonly Dictionary<string, string> Readers = new()
    {
        ["predictor"] = "predictor", ["risk-manager"] = "risk-manager", ["executor"] = "executor", ["alerts"] = "executor",
        ["trade-table"] = "executor",
        [RecordedRunsQueue] = "price-collector",
    };

    /// <summary>The topology of a deployment.</summary>
    /// <exception cref="InvalidOperationException">The application has a queue that nobody here is known to read.</exception>
    public static Topology Of(Deployment deployment)
    {
        using var stream = typeof(Topology).Assembly.GetManifestResourceStream("topology.json")!;
        var printed = JsonSerializer.Deserialize<Topology>(stream, JsonSerializerOptions.Web)!;
        if (printed.Queues.FirstOrDefault(queue => !Readers.ContainsKey(Short(queue))) is { } unknown)
            throw new InvalidOperationException($"topology.json has the queue {unknown.Name}; say in Topology.cs whose it is");
        return new(
            [.. printed.Topics.Select(topic => Scoped(topic, deployment.Scope))],
            [.. printed.Queues.Select(queue => queue with
            {
                Name = Scoped(queue.Name, deployment.Scope),
                    SubscribesTo = [.. queue.SubscribesTo.Select(topic => Scoped(topic, deployment.Scope))],
                ServicePublishesTo = [.. queue.ServicePublishesTo.Select(topic => Scoped(topic, deployment.Scope))],
                    Reader = Readers[Short(queue)],
                Exists = deployment.RecordedRuns || Short(queue) != RecordedRunsQueue,
            })]);
    }

    /// <summary>The queues that exist in this deployment.</summary>
    public IEnumerable<TopologyQueue> Deployed => Queues.Where(queue => queue.Exists);

    /// <summary>Queues of a service account.</summary>
    public IReadOnlyList<TopologyQueue> ReadBy(string account) => [.. Deployed.Where(queue => queue.Reader == account)];

    /// <summary>Topics that a service account publishes to.</summary>
    public IReadOnlyList<string> PublishedBy(string account) =>
        [.. Queues.Where(queue => queue.Reader == account).SelectMany(queue => queue.ServicePublishesTo).Distinct()];

    /// <summary>Service accounts that publish to a topic.</summary>
    public IReadOnlyList<string> PublishersOf(string topic) =>
        [.. Queues.Where(queue => queue.ServicePublishesTo.Contains(topic)).Select(queue => queue.Reader).Distinct()];

    private static string Short(TopologyQueue queue) => queue.Name[(Deployment.DefaultScope.Length + 1)..];

    private static string Scoped(string name, string scope) => scope + name[Deployment.DefaultScope.Length..];
}

/// <summary>A queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SubscribesTo">Topics that are delivered into it.</param>
/// <param name="ServicePublishesTo">Topics that its service publishes to.</param>
/// <param name="SiblingSuffixes">Suffixes of the queues beside it, for what failed and what nobody wanted.</param>
public sealed record TopologyQueue(
    string Name, IReadOnlyList<string> SubscribesTo, IReadOnlyList<string> ServicePublishesTo, IReadOnlyList<string> SiblingSuffixes)
{
    /// <summary>The service account that reads it.</summary>
    public string Reader { get; init; } = "";

    /// <summary>Whether this deployment has it.</summary>
    public bool Exists { get; init; } = true;

    /// <summary>The queue and those beside it.</summary>
    public IReadOnlyList<string> AllNames => [Name, .. SiblingSuffixes.Select(suffix => Name + suffix)];
}
