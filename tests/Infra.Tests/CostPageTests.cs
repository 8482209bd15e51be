namespace Trading.Infra.Tests;

/// <summary>
/// The page of costs is made from the stacks: what they have is what is counted. To write it again: TRADING_ACCEPT_SNAPSHOTS=1 dotnet test
/// tests/Infra.Tests
/// </summary>
[Collection(nameof(Cdk))]
public class CostPageTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "aws.md");

    [Theory]
    [InlineData("costs")]
    [InlineData("switches")]
    public void the_page_shows_what_the_stacks_cost(string part)
    {
        var table = part == "costs" ? Costs.Table(Items(Synthesized.Dev), Items(Synthesized.Prod))
            : Costs.Table(Costs.Switched(Stage.Dev), Costs.Switched(Stage.Prod));
        var (text, begin, end) = (File.ReadAllText(Page), $"<!-- {part}: made from code -->\n", $"<!-- end of {part} -->");
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
        if (System.Environment.GetEnvironmentVariable("TRADING_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(Page, text = text[..from] + table + text[to..]);
        Assert.Contains(begin + table + end, text);
    }

    [Fact]
    public void the_budget_of_a_stage_covers_what_it_costs_and_not_twice_as_much()
    {
        foreach (var deployment in new[] { Synthesized.Dev, Synthesized.Prod })
            Assert.InRange(deployment.Deployment.Stage.BudgetUsd, Items(deployment).Sum(item => item.Usd),
                2 * Items(deployment).Sum(item => item.Usd));
    }

    [Fact]
    public void dev_costs_less_than_half_of_prod() =>
        Assert.True(2 * Items(Synthesized.Dev).Sum(item => item.Usd) < Items(Synthesized.Prod).Sum(item => item.Usd));

    private static IReadOnlyList<Cost> Items(Synthesized of) =>
        Costs.Of(of.Deployment, of.All("AWS::CloudWatch::Alarm").Count(), of.All("AWS::SecretsManager::Secret").Count());
}
