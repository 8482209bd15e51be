using System.Diagnostics;

namespace Trading.Benchmarks;

/// <summary>The program trading as its users run it: from its start to its end.</summary>
internal static class WholeProcess
{
    /// <summary>Where the program lies that was built with this one; null when it was not.</summary>
    public static string? Program
    {
        get
        {
            var folder = AppContext.BaseDirectory.Replace(Path.Combine("tests", "Benchmarks"),
                Path.Combine("services", "Cli"), StringComparison.Ordinal);
            var program = Path.Combine(folder, OperatingSystem.IsWindows() ? "trading.exe" : "trading");
            return File.Exists(program) ? program : null;
        }
    }

    /// <summary>
    /// Runs a command; its time, the most memory that it had (working set), and how long it had a core, all cores together.
    /// </summary>
    public static async Task<(double Seconds, long PeakBytes, double CoreSeconds)> RunAsync(params string[] arguments)
    {
        var (peak, cores) = (0L, TimeSpan.Zero);
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Program!, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        while (!process.WaitForExit(5))
        {
            try
            {
                process.Refresh();
                (peak, cores) = (Math.Max(peak, process.PeakWorkingSet64), process.TotalProcessorTime);
            }
            catch (InvalidOperationException)
            {
                break; // it has ended in between
            }
        }
        var said = await output;
        await process.WaitForExitAsync();
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return process.ExitCode == 0
            ? (seconds, peak, cores.TotalSeconds)
            : throw new InvalidOperationException($"trading {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{said}");
    }
}
