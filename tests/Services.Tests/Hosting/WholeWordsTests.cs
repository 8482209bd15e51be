using Trading.Hosting;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Lines on a narrow terminal: broken between words, and only where they have to be.</summary>
public sealed class WholeWordsTests
{
    private const string Line = "  journal: database demo_20261130_150420 in /var/lib/trading/postgres/cluster/data";

    [Fact]
    public void a_line_that_is_too_wide_is_broken_between_words_and_goes_on_below_its_first_one() =>
        Assert.Equal("  journal: database demo_20261130_150420 in\n  /var/lib/trading/postgres/cluster/data",
            WholeWords.Fit(Line, 43));

    [Theory]
    [InlineData(Line, 82)]
    [InlineData(Line, 0)]
    [InlineData("{ \"a line\": \"that a program reads, however wide the terminal is on which it was asked for\" }", 42)]
    [InlineData("/a/path/that/is/wider/than/the/terminal/and/has/no/word/to/be/broken/at", 42)]
    [InlineData("two  words   in columns", 42)]
    public void everything_else_stays_as_it_is(string text, int width) => Assert.Equal(text, WholeWords.Fit(text, width));
}
