using static Trading.Core.Tests.Agreement;

namespace Trading.Core.Tests;

/// <summary>The observed price that is made of quotes that agree.</summary>
public class ConsensusPriceTests
{
    [Fact]
    public void dollar_and_stablecoin_quotes_that_both_count_are_both_named()
    {
        var price = Observe(Agree(Given.Quote("binance", 100, "USDT"), Given.Quote("coinbase", 100), Given.Quote("kraken", 100, "EUR")));

        Assert.Equal("USD,USDT", price.QuoteCurrencies);
    }

    [Fact]
    public void a_stablecoin_that_lost_its_peg_is_left_out_and_not_named()
    {
        var price = Observe(Agree(Given.Quote("binance", 106, "USDT"), Given.Quote("coinbase", 100), Given.Quote("kraken", 100)));

        Assert.Equal(100, price.Price);
        Assert.Equal("USD", price.QuoteCurrencies);
    }

    [Fact]
    public void turnover_capitalisation_and_change_come_from_the_counted_quotes_alone()
    {
        Quote[] quotes =
        [
            Given.Quote("a", 100) with { Volume24hUsd = 5, Change24hPercent = 1 },
            Given.Quote("b", 100) with { Volume24hUsd = 7, Change24hPercent = 2, MarketCapUsd = 9 },
            Given.Quote("c", 100),
            Given.Quote("d", 200) with { Volume24hUsd = 999, Change24hPercent = 99, MarketCapUsd = 999 },
        ];

        var price = Observe(Agree(quotes));

        Assert.Equal((7m, 9m, 1.5m), (price.Volume24hUsd, price.MarketCapUsd, price.Change24hPercent));
        Assert.Equal(quotes, price.Quotes.Select(judged => judged.Quote));
    }

    [Fact]
    public void what_no_source_reported_stays_unknown()
    {
        var price = Observe(Agree(Given.Quote("a", 100), Given.Quote("b", 100)));

        Assert.Equal((null, null, null), (price.Volume24hUsd, price.MarketCapUsd, price.Change24hPercent));
    }

    [Fact]
    public void collecting_the_same_interval_twice_gives_the_same_id() =>
        Assert.Equal(
            Observe(Agree(Given.Quote("a", 100), Given.Quote("b", 100))).PriceId,
            Observe(Agree(Given.Quote("a", 100.1m), Given.Quote("c", 100))).PriceId);

    [Fact]
    public void no_message_is_made_without_a_price()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Observe(Agree(Given.Quote("a", 100))));
        Assert.Equal("There is no price: 1 of 1 quotes count, 2 are needed.", refused.Message);
    }

    private static PriceObserved Observe(Consensus consensus) => consensus.ToPrice(Given.Symbol, Given.Noon, 60, Given.Noon, false, []);
}
