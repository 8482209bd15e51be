namespace Trading.Core.Tests;

public class PriceGapTests
{
    [Fact]
    public void an_empty_history_is_one_gap() => Assert.Equal([new(600, 1140, 10)], PriceGap.Find([], 60, 600, 1200));

    [Fact]
    public void a_whole_history_has_none() => Assert.Empty(PriceGap.Find([600, 660, 720], 60, 600, 780));

    [Fact]
    public void gaps_are_found_at_the_begin_in_between_and_at_the_end() =>
        Assert.Equal([new(600, 600, 1), new(720, 780, 2), new(900, 900, 1)], PriceGap.Find([660, 840], 60, 600, 960));

    [Fact]
    public void a_range_that_begins_between_two_instants_begins_with_the_next_one_and_prices_beside_the_grid_do_not_count() =>
        Assert.Equal([new(660, 660, 1)], PriceGap.Find([600, 661, 720], 60, 601, 779));

    [Fact]
    public void a_range_without_an_instant_has_no_gap() => Assert.Empty(PriceGap.Find([], 60, 601, 650));
}
