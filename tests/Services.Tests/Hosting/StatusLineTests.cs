using System.Text;
using Trading.Hosting;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The line of progress beside threads that write lines.</summary>
public sealed class StatusLineTests
{
    [Fact]
    public void a_line_and_the_progress_at_the_same_time_never_wait_for_each_other()
    {
        var terminal = new ConsoleStream();
        using var lines = new GatedWriter(terminal);
        var progress = new Thread(() => StatusLine.Show("10 of 20 prices")) { IsBackground = true };
        var line = new Thread(() =>
        {
            // Console.WriteLine holds the console while it hands the line on.
            lock (Console.Out)
            {
                progress.Start();
                SpinWait.SpinUntil(() => progress.ThreadState.HasFlag(ThreadState.WaitSleepJoin), HangGuard.Limit);
                lines.WriteLine("a line");
            }
        })
        { IsBackground = true };
        line.Start();

        Assert.True(line.Join(HangGuard.Limit), "the line was never written");
        Assert.True(progress.Join(HangGuard.Limit), "the progress was never shown");
        StatusLine.Clear();
        Assert.Contains("a line\n", terminal.Sent.ToString(), StringComparison.Ordinal);
        Assert.Contains("10 of 20 prices", terminal.Sent.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A terminal: .NET holds the console for each write to it.</summary>
    private sealed class ConsoleStream : TextWriter
    {
        public StringBuilder Sent { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (Console.Out)
                Sent.Append(value);
        }
    }
}
