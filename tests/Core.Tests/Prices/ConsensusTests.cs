using static Trading.Core.Tests.Agreement;

namespace Trading.Core.Tests;

/// <summary>Which quotes count, and the price that they give.</summary>
public class ConsensusTests
{
    [Theory]
    [InlineData(new[] { 100.0 }, 100.0)]
    [InlineData(new[] { 102.0, 100.0, 101.0 }, 101.0)]
    [InlineData(new[] { 103.0, 100.0, 102.0, 101.0 }, 101.5)]
    public void a_median_is_the_middle_value_or_the_mean_of_the_middle_two(double[] values, double expected) =>
        Assert.Equal((decimal)expected, Consensus.Median(values.Select(value => (decimal)value)));

    [Fact]
    public void a_median_of_nothing_is_a_mistake_of_the_caller() => Assert.Throws<ArgumentException>(() => Consensus.Median([]));

    [Fact]
    public void a_median_of_enormous_numbers_does_not_overflow() =>
        Assert.Equal(decimal.MaxValue - 1, Consensus.Median([decimal.MaxValue - 1, decimal.MaxValue - 1]));

    [Fact]
    public void three_quotes_give_the_middle_one()
    {
        var consensus = Agree(Given.Quote("binance", 100.2m), Given.Quote("coinbase", 100), Given.Quote("kraken", 100.1m));

        Assert.Equal(100.1m, consensus.Price);
        Assert.Null(consensus.Failure);
        Assert.Equal([null, null, null], Reasons(consensus));
    }

    [Fact]
    public void two_quotes_give_their_mean() =>
        Assert.Equal(100.1m, Agree(Given.Quote("binance", 100.2m), Given.Quote("coinbase", 100)).Price);

    [Theory]
    [InlineData(60, null)]
    [InlineData(60.0001, QuoteRejection.Stale)]
    [InlineData(-10, null)]
    [InlineData(-10.0001, QuoteRejection.FromTheFuture)]
    public void a_quote_counts_up_to_the_allowed_age_and_clock_difference(double ageSeconds, QuoteRejection? reason)
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("coinbase", 100),
            Given.Quote("kraken", 100, ageSeconds: ageSeconds));

        Assert.Equal(100, consensus.Price);
        Assert.Equal(reason, Reasons(consensus)[2]);
    }

    [Theory]
    [InlineData(101, null)]
    [InlineData(101.0001, QuoteRejection.Outlier)]
    [InlineData(99, null)]
    [InlineData(98.9999, QuoteRejection.Outlier)]
    public void a_quote_further_from_the_median_than_allowed_is_left_out(double price, QuoteRejection? reason)
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("coinbase", 100), Given.Quote("kraken", (decimal)price));

        Assert.Equal(100, consensus.Price);
        Assert.Equal([null, null, reason], Reasons(consensus));
    }

    [Fact]
    public void two_sources_that_are_far_apart_give_no_price()
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("coinbase", 110));

        Assert.Null(consensus.Price);
        Assert.Equal([QuoteRejection.Outlier, QuoteRejection.Outlier], Reasons(consensus));
        Assert.Equal("0 of 2 quotes count, 2 are needed", consensus.Failure);
    }

    [Fact]
    public void an_outlier_does_not_move_the_price_of_the_others()
    {
        var consensus = Agree(Given.Quote("a", 100), Given.Quote("b", 100.2m), Given.Quote("c", 100.4m), Given.Quote("d", 150));

        Assert.Equal(100.2m, consensus.Price);
        Assert.Equal([null, null, null, QuoteRejection.Outlier], Reasons(consensus));
    }

    [Fact]
    public void a_missing_source_only_makes_the_quorum_harder_to_reach()
    {
        Assert.Equal(100, Agree(Given.Quote("coinbase", 100), Given.Quote("kraken", 100)).Price);
        Assert.Null(Agree(Given.Quote("kraken", 100)).Price);
        Assert.Equal("0 of 0 quotes count, 2 are needed", Agree().Failure);
    }

    [Fact]
    public void a_quote_in_a_currency_that_the_symbol_does_not_take_is_left_out()
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("coinbase", 100), Given.Quote("kraken", 100, "EUR"));

        Assert.Equal([null, null, QuoteRejection.OtherCurrency], Reasons(consensus));
    }

    [Fact]
    public void a_source_is_heard_once_however_often_it_speaks()
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("Binance", 101));

        Assert.Null(consensus.Price);
        Assert.Equal([null, QuoteRejection.SourceHeardTwice], Reasons(consensus));
    }

    [Fact]
    public void a_stale_quote_does_not_silence_a_fresh_one_of_the_same_source()
    {
        var consensus = Agree(Given.Quote("binance", 100, ageSeconds: 900), Given.Quote("binance", 101), Given.Quote("kraken", 101));

        Assert.Equal(101, consensus.Price);
        Assert.Equal([QuoteRejection.Stale, null, null], Reasons(consensus));
    }

    public static TheoryData<decimal> Absurd => [0, -1, decimal.MinValue, decimal.MaxValue, 10_000_000.01m, 0.000000009m];

    [Theory]
    [MemberData(nameof(Absurd))]
    public void an_absurd_price_is_left_out_and_never_reaches_the_median(decimal price)
    {
        var consensus = Agree(Given.Quote("binance", 100), Given.Quote("broken", price), Given.Quote("kraken", 100));

        Assert.Equal(100, consensus.Price);
        Assert.Equal([null, QuoteRejection.Implausible, null], Reasons(consensus));
    }

    private static List<QuoteRejection?> Reasons(Consensus consensus) => consensus.Quotes.Select(quote => quote.LeftOut).ToList();
}
