using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Stores;

public class StoreSettingsTests
{
    [Fact]
    public void the_defaults_need_nothing() => Assert.Empty(new TradingSettings().Validate());

    [Fact]
    public void what_a_store_needs_is_asked_for_at_once() => Assert.Equal(
        [
            "Trading:PriceHistory must be one of Trading:PriceStores (s3, folder), was postgres",
            "Trading:RawPriceBucket must be the name of a bucket for Trading:PriceStores=s3, was empty",
            "Trading:RawPriceFolder must be a folder for Trading:PriceStores=folder, was empty",
        ],
        new TradingSettings { PriceStores = ["s3", "folder"] }.Validate());

    [Fact]
    public void an_unknown_store_is_refused() => Assert.Equal(
        ["Trading:PriceStores must be among postgres, dynamodb, s3, folder, timestream, was postgres,redis",
            "Trading:TradeStores must be among dynamodb, was postgres"],
        new TradingSettings { PriceStores = ["postgres", "redis"], TradeStores = ["postgres"] }.Validate());

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void the_profiles_for_aws_need_the_name_of_a_bucket_and_leave_timestream_off(string profile)
    {
        var settings = TradingSettings.ForProfile(profile)!;
        Assert.Equal(["postgres", "dynamodb", "s3"], settings.PriceStores);
        Assert.Equal(["dynamodb"], settings.TradeStores);
        Assert.Contains("Trading:RawPriceBucket must be the name of a bucket for Trading:PriceStores=s3, was empty", settings.Validate());
        Assert.DoesNotContain((settings with { RawPriceBucket = "raw-prices-of-mine" }).Validate(),
            line => line.Contains("Bucket", StringComparison.Ordinal));
    }
}
