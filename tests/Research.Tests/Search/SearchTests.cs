using Trading.Research.Search;

namespace Trading.Research.Tests.Search;

public class SearchTests
{
    private static readonly ParameterSpace Space = new(
        [Parameter.Parse("A=0..99"), Parameter.Parse("B=0..99"), Parameter.Parse("C=0..99")]);

    [Theory]
    [InlineData("A=5..20:5", "5,10,15,20")]
    [InlineData("A=1..3", "1,2,3")]
    [InlineData("A=0.1..0.3:0.1", "0.1,0.2,0.3")]
    [InlineData("A=7,3", "7,3")]
    public void a_parameter_is_a_range_or_a_list(string text, string values) =>
        Assert.Equal(values, string.Join(',', Parameter.Parse(text).Values));

    [Theory]
    [InlineData("A")]
    [InlineData("A=")]
    [InlineData("=1..2")]
    [InlineData("A=3..1")]
    [InlineData("A=1..2:0")]
    [InlineData("A=1..2:x")]
    [InlineData("A=1,1")]
    [InlineData("A=0..1000000")]
    public void what_is_neither_is_refused_by_name(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => Parameter.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void a_setting_is_its_number()
    {
        var space = new ParameterSpace([Parameter.Parse("A=1,2"), Parameter.Parse("B=10,20,30")]);
        Assert.Equal(6, space.Size);
        Assert.Equal([1m, 10m], space.Values(0));
        Assert.Equal([2m, 20m], space.Values(4));
        Assert.All(Enumerable.Range(0, 6), setting => Assert.Equal(setting, space.Number(space.Digits(setting))));
        Assert.Equal([1L, 3L, 5L], space.Neighbours(4).Order());
    }

    [Fact]
    public void the_grid_is_every_setting_once()
    {
        var space = new ParameterSpace([Parameter.Parse("A=1..50"), Parameter.Parse("B=1..50")]);
        Assert.Equal(Enumerable.Range(0, 2500).Select(i => (long)i),
            All(new GridSearch(space), space, _ => [0]).Select(tried => tried.Setting));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(700_000)]
    public void random_settings_are_never_drawn_twice(int trials)
    {
        var tried = All(new RandomSearch(Space, trials, 1), Space, _ => [0]);
        Assert.Equal(trials, tried.Select(one => one.Setting).Distinct().Count());
        Assert.Equal(trials, tried.Count);
    }

    [Fact]
    public void more_trials_than_settings_are_every_setting() =>
        Assert.Equal(3, All(new RandomSearch(new([Parameter.Parse("A=1..3")]), 10, 1), Space, _ => [0]).Count);

    [Fact]
    public void evolution_finds_a_peak_that_as_many_random_trials_miss()
    {
        static double[] Score(IReadOnlyList<decimal> values) => [-values.Sum(value => Math.Pow((double)value - 37, 2))];
        double Best(ISearch search) => All(search, Space, Score).Max(tried => tried.Scores[0]);

        var (evolved, random) = (0.0, 0.0);
        for (ulong seed = 1; seed <= 5; seed++)
        {
            evolved += Best(new EvolutionarySearch(Space, 600, seed));
            random += Best(new RandomSearch(Space, 600, seed));
        }
        Assert.True(evolved > random / 4, $"evolution came to {evolved}, chance to {random}");
    }

    [Fact]
    public void parzen_estimators_find_a_peak_that_as_many_random_trials_miss_and_the_same_again_from_the_same_seed()
    {
        static double[] Score(IReadOnlyList<decimal> values) => [-values.Sum(value => Math.Pow((double)value - 37, 2))];
        double Best(ISearch search) => All(search, Space, Score).Max(tried => tried.Scores[0]);

        var (estimated, random) = (0.0, 0.0);
        for (ulong seed = 1; seed <= 5; seed++)
        {
            estimated += Best(new TpeSearch(Space, 150, seed));
            random += Best(new RandomSearch(Space, 150, seed));
        }
        Assert.True(estimated > random / 4, $"estimators came to {estimated}, chance to {random}");

        var tried = All(new TpeSearch(Space, 150, 3), Space, Score).Select(one => one.Setting).ToList();
        Assert.Equal((150, 150), (tried.Count, tried.Distinct().Count()));
        Assert.Equal(tried, All(new TpeSearch(Space, 150, 3), Space, Score).Select(one => one.Setting));
        Assert.Equal(7, All(new TpeSearch(new([Parameter.Parse("A=1..7")]), 100, 1), Space, _ => [0]).Count);
    }

    [Fact]
    public void evolution_tries_no_setting_twice_and_no_more_than_it_may()
    {
        var tried = All(new EvolutionarySearch(Space, 333, 4), Space, values => [(double)values[0], -(double)values[1]]);
        Assert.Equal(333, tried.Count);
        Assert.Equal(333, tried.Select(one => one.Setting).Distinct().Count());
    }

    [Fact]
    public void the_same_answers_lead_to_the_same_choices()
    {
        static double[] Score(IReadOnlyList<decimal> values) => [(double)(values[0] * values[1] % 17)];
        Assert.Equal(
            All(new EvolutionarySearch(Space, 200, 8), Space, Score).Select(one => one.Setting),
            All(new EvolutionarySearch(Space, 200, 8), Space, Score).Select(one => one.Setting));
    }

    [Fact]
    public void a_setting_without_a_score_is_the_worst()
    {
        Assert.True(ParetoRanking.Dominates([0], [double.NaN]));
        Assert.False(ParetoRanking.Dominates([double.NaN], [0]));
    }

    [Fact]
    public void the_front_is_what_nothing_is_better_than()
    {
        var front = ParetoRanking.Front([(1, [1, 5]), (2, [2, 4]), (3, [1, 4]), (4, [5, 1]), (5, [2, 4])]);
        Assert.Equal([1L, 2L, 4L, 5L], front.Select(one => one.Setting));
    }

    [Fact]
    public void of_one_front_the_ends_and_those_in_thin_company_come_first()
    {
        var best = ParetoRanking.Best([(1, [0, 10]), (2, [1, 9]), (3, [2, 8]), (4, [6, 4]), (5, [10, 0]), (6, [0, 0])], 4);
        Assert.Equal([1L, 5L, 4L, 3L], best.Select(one => one.Setting));
    }

    private static List<(long Setting, double[] Scores)> All(
        ISearch search, ParameterSpace space, Func<IReadOnlyList<decimal>, double[]> score)
    {
        var tried = new List<(long, double[])>();
        while (search.NextSettings() is { Count: > 0 } settings)
        {
            foreach (var setting in settings)
            {
                var scores = score(space.Values(setting));
                tried.Add((setting, scores));
                search.Tell(setting, scores);
            }
        }
        return tried;
    }
}
