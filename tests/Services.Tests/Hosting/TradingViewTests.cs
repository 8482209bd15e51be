using Spectre.Console;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The lines that a run shows of its prices and decisions.</summary>
public sealed class TradingViewTests
{
    [Fact]
    public void an_hour_without_a_decision_has_one_line_also_when_a_price_of_the_hour_before_comes_late()
    {
        var shown = new StringWriter();
        var view = new TradingView(new(new TradingSettings { DecisionIntervalSeconds = 86_400 }, Verbose: true),
            AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(shown), Ansi = AnsiSupport.No }));
        foreach (var minute in new[] { 60, 61, 120, 119, 121, 180, 62, 181 })
            view.Show(InProcessSystem.Price(60_000, InProcessSystem.Start.AddMinutes(minute)));

        Assert.Equal(["03-01 01:00", "03-01 02:00", "03-01 03:00"],
            shown.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Length > 11 && line[2] == '-')
                .Select(line => line[..11]));
    }
}
