using Trading.MarketData;
using Xunit;

namespace Trading.Services.Tests.MarketData;

/// <summary>Files that say what takers bought wrongly, in part, or in two ways.</summary>
public sealed class UnclearOrderFlowTests : OrderFlowTest
{
    [Theory]
    [InlineData("-0.5", "whose volume bought by takers is below 0 or above its volume")]
    [InlineData("5.00000001", "whose volume bought by takers is below 0 or above its volume")]
    [InlineData("much", "with something that is no number")]
    public void a_candle_of_which_takers_bought_what_cannot_be_is_dropped_with_its_file_its_line_and_the_rule(string taker, string rule)
    {
        var path = Save("a.csv", string.Join('\n', Enumerable.Range(0, 9).Select(hour => Candle(Klines, hour, hour == 4 ? taker : "1"))));
        using var source = MarketFiles.Open([path]);

        Assert.Equal(8, source.All().Count());
        Assert.Equal(Enumerable.Repeat(1m, 8), source.Taker);
        Assert.StartsWith($"{path}, line 5: {rule}: {Candle(Klines, 4, taker)}", Assert.Single(source.Refused).ToString(),
            StringComparison.Ordinal);
        Assert.Equal(1, source.Notes.Dropped[rule]);
    }

    [Fact]
    public void a_trade_that_is_not_clear_about_its_maker_is_dropped_with_its_line()
    {
        var path = Save("a.csv", "id,price,qty,quote_qty,time,is_buyer_maker\n" + string.Join('\n', Enumerable.Range(0, 9)
            .Select(second => Trade("{id},{price},{quantity},{product},{ms},{maker}", second, maker: true)
                .Replace(second == 4 ? "True" : "none", "perhaps", StringComparison.Ordinal))));
        using var source = MarketFiles.Open([path]);
        Assert.Equal(8, source.All().Count());
        Assert.StartsWith($"{path}, line 6: whose mark of a buyer that was the maker is neither true nor false",
            Assert.Single(source.Refused).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void data_of_which_a_part_does_not_say_it_have_none_and_that_is_said()
    {
        string[] rows = [.. Enumerable.Range(0, 24).Select(hour => Candle(Klines, hour, "1"))];
        var first = Save("a.csv", string.Join('\n', rows[..12]));
        var bare = Save("b.csv", string.Join('\n', rows[12..].Select(row => string.Join(',', row.Split(',')[..6]))));
        using (var both = MarketFiles.Open([first, bare]))
        {
            Assert.Equal(24, both.All().Count());
            Assert.Null(both.Taker);
            Assert.Equal($"{bare} does not say what takers bought: order flow is left out of all of the data", both.Notes.FlowLeftOut);
            Assert.Contains(both.Notes.FlowLeftOut, both.Notes.Lines());
        }
        rows[7] = Candle(Klines, 7, "");
        var gap = Save("c.csv", string.Join('\n', rows));
        using (var source = MarketFiles.Open([gap]))
        {
            Assert.Equal(24, source.All().Count());
            Assert.Null(source.Taker);
            Assert.StartsWith($"{gap}, line 8, does not say", source.Notes.FlowLeftOut, StringComparison.Ordinal);
        }
        using var none = MarketFiles.Open([bare]);
        Assert.Equal((null, null), (none.Taker, none.Notes.FlowLeftOut));
    }

    [Fact]
    public void two_rows_that_differ_in_what_takers_bought_alone_are_a_question_too()
    {
        string[] rows = [.. Enumerable.Range(0, 24).Select(hour => Candle(Klines, hour, "1")), Candle(Klines, 23, "2")];
        var path = Save("a.csv", string.Join('\n', rows));
        Assert.Contains("volume 5, of which takers bought 1 and open 10",
            Assert.Throws<CandleFileException>(() => MarketFiles.Open([path])).Message, StringComparison.Ordinal);
        using var last = MarketFiles.Open([path], new(Duplicates: "last"));
        Assert.Equal([.. Enumerable.Repeat(1m, 23), 2m], last.Taker);
    }
}
