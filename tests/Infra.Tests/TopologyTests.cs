using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Trading.Infra.Tests;

[Collection(nameof(Cdk))]
public class TopologyTests
{
    [Fact]
    public async Task the_copy_of_the_topology_is_what_the_application_prints()
    {
        // Both programs are built by one build, into folders that differ by the project alone.
        var program = Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "Infra.Tests"), Path.Combine("services", "Cli"),
            StringComparison.Ordinal), "trading.dll");
        using var trading = Process.Start(
            new ProcessStartInfo("dotnet", [program, "topology", "--json", "--set", "Alerts=sns", "--set", "TradeStores=dynamodb"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
        var printed = await trading.StandardOutput.ReadToEndAsync();
        await trading.WaitForExitAsync();
        Assert.True(trading.ExitCode == 0, await trading.StandardError.ReadToEndAsync());

        var kept = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "infra", "topology.json"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(printed), JsonNode.Parse(kept)),
            "infra/topology.json is old: trading topology --json --set Alerts=sns --set TradeStores=dynamodb > infra/topology.json");
    }

    [Fact]
    public void rights_on_queues_are_those_that_the_application_says_it_needs()
    {
        var needs = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "topology.json")))!;
        var given = Access.Messages(Synthesized.Prod.Names, Synthesized.Prod.Topology, "key", "executor")
            .SelectMany(statement => (string[])statement["Action"]).ToHashSet();
        Assert.Superset(Rights.Texts(needs["queueRights"]).Concat(Rights.Texts(needs["topicRights"])).ToHashSet(), given);
    }

    [Fact]
    public void another_scope_has_names_of_its_own()
    {
        Assert.All(Synthesized.Everything.Topology.Queues, queue => Assert.StartsWith("second-", queue.Name));
        Assert.All(Synthesized.Everything.Topology.Topics, topic => Assert.StartsWith("second_Trading_Contracts-", topic));
        Assert.DoesNotContain("trading-predictor",
            string.Join('\n', Synthesized.Everything.Templates.Values.Select(template => template.ToJsonString())));
    }

    [Fact]
    public void the_queue_of_recorded_runs_exists_where_it_is_asked_for()
    {
        Assert.DoesNotContain("trading-price-collector-decisions", QueueNames(Synthesized.Prod));
        Assert.Contains("second-price-collector-decisions", QueueNames(Synthesized.Everything));
    }

    private static IEnumerable<string> QueueNames(Synthesized deployment) =>
        deployment.All("AWS::SQS::Queue").Select(queue => queue.Properties["QueueName"]!.GetValue<string>());
}
