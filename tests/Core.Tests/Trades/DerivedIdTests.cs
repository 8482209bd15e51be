namespace Trading.Core.Tests;

public class DerivedIdTests
{
    private static readonly Guid DnsNameSpace = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    private static readonly Guid UrlNameSpace = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    [Fact]
    public void agrees_with_the_example_of_RFC_9562_appendix_A4() =>
        Assert.Equal(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), DerivedId.Create(DnsNameSpace, "www.example.com"));

    // Vectors computed with Python's uuid.uuid5: an empty name, a name outside ASCII, and one too long for the stack.
    [Theory]
    [InlineData("", 1, "1b4db7eb-4057-5ddf-91e0-36dec72071f5")]
    [InlineData("žluťoučký kůň ₿", 1, "9e428a7b-0c5d-5fab-b9d3-1ba350572587")]
    [InlineData("0123456789abcdef", 40, "1f8e9bf4-7d7b-5829-8b92-9ec5292e7e2c")]
    public void agrees_with_another_implementation(string part, int times, string expected) =>
        Assert.Equal(new Guid(expected), DerivedId.Create(UrlNameSpace, string.Concat(Enumerable.Repeat(part, times))));

    [Fact]
    public void every_id_is_of_version_5_and_of_the_RFC_variant()
    {
        for (var i = 0; i < 1000; i++)
        {
            var id = Given.TradeId(i);
            Assert.Equal(5, id.Version);
            Assert.InRange(id.Variant, 8, 11);
        }
    }

    // These ids stand in every journal: a change of name space or wording would let every trade be made a second time.
    [Fact]
    public void the_ids_of_a_known_price_never_change()
    {
        var price = DerivedId.Price("BTC-USD", 60, Given.Noon);
        var prediction = DerivedId.Prediction(price);
        var trade = DerivedId.Trade(prediction);

        Assert.Equal(new Guid("4c5dd251-04b0-598f-bbb3-a64b63a8ede4"), price);
        Assert.Equal(new Guid("cd233dcc-f8f8-5290-a494-f22e88c776de"), prediction);
        Assert.Equal(new Guid("90d71b64-5686-5a40-9b5a-1a7962b6567d"), trade);
        Assert.Equal(new Guid("3d80436a-4db7-5e89-ae68-b176cf6aa1ee"), DerivedId.Message(trade, "RiskAssessed"));
        Assert.Equal("t-90d71b6456865a409b5a1a7962b6567d", DerivedId.ClientOrderId(trade));
    }

    [Fact]
    public void the_same_instant_in_another_time_zone_gives_the_same_price_id() =>
        Assert.Equal(DerivedId.Price("BTC-USD", 60, Given.Noon),
            DerivedId.Price("BTC-USD", 60, Given.Noon.ToOffset(TimeSpan.FromHours(5.5))));

    [Fact]
    public void another_symbol_interval_or_instant_gives_another_price_id() =>
        Assert.Equal(4, new[]
        {
            DerivedId.Price("BTC-USD", 60, Given.Noon),
            DerivedId.Price("ETH-USD", 60, Given.Noon),
            DerivedId.Price("BTC-USD", 300, Given.Noon),
            DerivedId.Price("BTC-USD", 60, Given.Noon.AddSeconds(60)),
        }.Distinct().Count());

    [Fact]
    public void a_client_order_id_has_34_characters_that_exchanges_accept()
    {
        var id = DerivedId.ClientOrderId(Given.TradeId(1));
        Assert.Equal(34, id.Length);
        Assert.Matches("^[a-zA-Z0-9-]+$", id);
    }
}
