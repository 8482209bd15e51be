using Spectre.Console;
using Trading.Core;

namespace Trading.AllInOne;

/// <summary>
/// Lines on their way to a terminal, written in order by one task at a time: a terminal that was stopped (Ctrl-S), or a pipe that nobody
/// reads, keeps nobody who adds lines waiting. Of more lines than are kept the oldest are left out, and it is said how many.
/// </summary>
/// <param name="console">The terminal.</param>
internal sealed class ViewLines(IAnsiConsole console)
{
    /// <summary>Most lines that wait.</summary>
    public const int Most = 10_000;

    private readonly Queue<Func<int, string>> _waiting = new();
    private int _leftOut;
    private bool _writing;
    private Task _writer = Task.CompletedTask;

    /// <summary>Adds a line.</summary>
    /// <param name="markup">The line by the terminal's width, which is not known while the terminal does not go on.</param>
    public void Add(Func<int, string> markup)
    {
        lock (_waiting)
        {
            if (_waiting.Count == Most)
            {
                _waiting.Dequeue();
                _leftOut++;
            }
            _waiting.Enqueue(markup);
            if (_writing)
                return;
            _writing = true;
            _writer = Task.Run(Write);
        }
    }

    /// <summary>Waits until all lines are written; what ended the writer unforeseen is thrown here.</summary>
    public void Flush()
    {
        Task writer;
        lock (_waiting)
            writer = _writer;
        writer.GetAwaiter().GetResult();
    }

    private void Write()
    {
        while (Next() is { LeftOut: var leftOut, Markup: var markup })
        {
            try
            {
                // Those that were left out are older than all that wait.
                if (leftOut > 0)
                    console.MarkupLine($"[yellow]{Figures.Count(leftOut, "line")} left out while the terminal stood still[/]");
                console.MarkupLine(markup(console.Profile.Width));
            }
            catch (Exception unwritten) when (unwritten is IOException or InvalidOperationException)
            {
                // A terminal that was closed has nobody who reads, and no line is a reason to end trading.
            }
        }
    }

    private (int LeftOut, Func<int, string> Markup)? Next()
    {
        lock (_waiting)
        {
            if (!_waiting.TryDequeue(out var markup))
            {
                _writing = false;
                return null;
            }
            var leftOut = _leftOut;
            _leftOut = 0;
            return (leftOut, markup);
        }
    }
}
