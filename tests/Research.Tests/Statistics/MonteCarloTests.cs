using Trading.Research.Backtests;
using Trading.Research.Statistics;

namespace Trading.Research.Tests.Statistics;

public class MonteCarloTests
{
    private static readonly double[] Returns = [0.01, -0.02, 0.03, 0.01, -0.01];

    [Fact]
    public void a_block_as_long_as_the_history_gives_back_its_return()
    {
        var history = MonteCarlo.OfReturns(Returns, blockLength: Returns.Length, new(1));
        Assert.Equal(Returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1, history.TotalReturn, 12);
    }

    [Fact]
    public void the_figures_of_a_drawn_history_are_those_of_Performance()
    {
        var places = new int[Returns.Length];
        Bootstrap.Draw(places, Returns.Length, 2, new(3));
        var drawn = new Performance([.. places.Select(place => Returns[place])], 365);

        var history = MonteCarlo.OfReturns(Returns, blockLength: 2, new(3));

        Assert.Equal(drawn.TotalReturn, history.TotalReturn, 12);
        Assert.Equal(drawn.MaxDrawdown, history.MaxDrawdown, 12);
        Assert.Equal(drawn.SharpePerPeriod, history.Sharpe, 9);
    }

    [Fact]
    public void trades_of_constant_size_add_up_whatever_their_order() =>
        Assert.Equal(Returns.Sum(), MonteCarlo.OfTrades(Returns, blockLength: Returns.Length, new(9)).TotalReturn, 12);

    [Fact]
    public void no_trades_are_no_gain_and_no_loss() =>
        Assert.Equal((0, 0), (MonteCarlo.OfTrades([], 1, new(1)).TotalReturn, MonteCarlo.OfTrades([], 1, new(1)).MaxDrawdown));

    [Fact]
    public void losses_and_ruins_are_counted()
    {
        var result = MonteCarlo.Summarize([new(0.1, 0.2, 1), new(-0.3, 0.6, -1), new(-0.1, 0.1, 0), new(0.2, 0.5, double.NaN)], 1);
        Assert.Equal((4, 0.5, 0.5), (result.Runs, result.LossShare, result.RuinShare));
        Assert.Equal(0, result.TotalReturn.Median, 12);
    }
}
