using System.Text;
using Spectre.Console;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The lines that a run shows of its prices and decisions.</summary>
public sealed class TradingViewTests
{
    private const int MostThatWait = 10_000;

    [Fact]
    public void an_hour_without_a_decision_has_one_line_also_when_a_price_of_the_hour_before_comes_late()
    {
        var terminal = new StandingTerminal();
        var view = View(terminal);
        foreach (var minute in new[] { 60, 61, 120, 119, 121, 180, 62, 181 })
            view.Show(InProcessSystem.Price(60_000, InProcessSystem.Start.AddMinutes(minute)));
        view.Flush();

        Assert.Equal(["03-01 01:00", "03-01 02:00", "03-01 03:00"], terminal.Lines.Select(line => line[..11]));
    }

    [Fact]
    public void a_terminal_that_stands_still_stops_nobody_and_is_told_how_many_lines_it_missed_when_it_goes_on()
    {
        var terminal = new StandingTerminal();
        var view = View(terminal);
        terminal.Stop();
        // As the consumer of messages does, which must not wait.
        var showing = new Thread(() =>
        {
            view.Show(InProcessSystem.Price(60_000, InProcessSystem.Start));
            terminal.Asked.Wait(HangGuard.Limit);
            for (var hour = 1; hour <= MostThatWait + 49; hour++)
                view.Show(InProcessSystem.Price(60_000, InProcessSystem.Start.AddHours(hour)));
        })
        { IsBackground = true };
        showing.Start();
        Assert.True(showing.Join(HangGuard.Limit), "who shows a line waited for the terminal");

        terminal.GoOn();
        view.Flush();
        Assert.Equal(1 + 1 + MostThatWait, terminal.Lines.Length);
        Assert.Equal(["03-01 00:00", "49 lines left out while the terminal stood still", "03-03 02:00"],
            terminal.Lines.Take(3).Select((line, number) => number == 1 ? line : line[..11]));
        Assert.Equal($"{InProcessSystem.Start.AddHours(MostThatWait + 49):MM-dd HH:mm}", terminal.Lines[^1][..11]);
    }

    // A price an hour is watched, for decisions are rarer than any of the test's prices.
    private static TradingView View(StandingTerminal terminal) => new(
        new(new TradingSettings { DecisionIntervalSeconds = 1_000_000_000 }, Verbose: true),
        AnsiConsole.Create(new() { Out = terminal, Ansi = AnsiSupport.No }));

    /// <summary>A terminal after Ctrl-S: neither a line nor the question for its width comes back.</summary>
    private sealed class StandingTerminal : TextWriter, IAnsiConsoleOutput
    {
        private readonly StringBuilder _written = new();
        private readonly ManualResetEventSlim _goesOn = new(initialState: true);

        public ManualResetEventSlim Asked { get; } = new();

        public string[] Lines => _written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public override Encoding Encoding => Encoding.UTF8;

        public TextWriter Writer => this;

        public bool IsTerminal => false;

        public int Width => Waited(200);

        public int Height => 50;

        public void Stop()
        {
            Asked.Reset();
            _goesOn.Reset();
        }

        public void GoOn() => _goesOn.Set();

        public void SetEncoding(Encoding encoding)
        {
        }

        public override void Write(char value) => _written.Append(Waited(value));

        private T Waited<T>(T value)
        {
            Asked.Set();
            _goesOn.Wait();
            return value;
        }
    }
}
