using System.ComponentModel;
using System.Diagnostics;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.TestKit.Distributed;

/// <summary>
/// The image that TRADING_TEST_IMAGE names, run by docker or by what TRADING_TEST_ENGINE names (podman): each program in a container of its
/// own, held as Kubernetes holds it. It uses this machine's network, for the test's servers are there.
/// </summary>
internal static class TradingImage
{
    /// <summary>What a pod has (k8s/base), in MiB.</summary>
    public const int MemoryMib = 320;

    /// <summary>The seconds from SIGTERM to SIGKILL that a pod has without its preStop hook (k8s/components/program).</summary>
    private const int GraceSeconds = 22;

    private static readonly string? Name = Environment.GetEnvironmentVariable("TRADING_TEST_IMAGE") is { Length: > 0 } name ? name : null;
    private static readonly string Engine =
        Environment.GetEnvironmentVariable("TRADING_TEST_ENGINE") is { Length: > 0 } engine ? engine : "docker";

    private static int _containers;

    /// <summary>Why there is none to test; null when there is.</summary>
    public static string? Missing =>
        Name is null
            ? "needs an image: set TRADING_TEST_IMAGE to its name (docs/deploy.md says how it is built), and TRADING_TEST_ENGINE to podman "
                + "where there is no docker"
            : Succeeds("image", "inspect", Name) ? null : $"{Engine} has no image {Name}";

    /// <summary>Starts a program of the image.</summary>
    /// <param name="arguments">Those of trading.</param>
    /// <param name="environment">Its settings, beside those of the image.</param>
    /// <param name="folders">Folders of this machine that it may read, under the same path.</param>
    public static RunningService Run(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment,
        params IEnumerable<string> folders)
    {
        var container = $"trading-test-{Environment.ProcessId}-{Interlocked.Increment(ref _containers)}";
        var start = new ProcessStartInfo(Engine,
        [
            "run", "--rm", "--name", container, "--network", "host", "--read-only", "--tmpfs", "/tmp:size=64m,mode=1777",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", $"{MemoryMib}m",
            .. environment.Keys.Append(TestProfile.Variable).SelectMany(name => new[] { "--env", name }),
            .. folders.SelectMany(folder => new[] { "--volume", $"{folder}:{folder}:ro" }),
            Name!, .. arguments,
        ]);
        return new(start, container, environment, new(
            // The engine kills what has not ended in time, which shows in the exit code: 137.
            () => Ask("stop", "--time", $"{GraceSeconds}", container), () => Ask("kill", container)));
    }

    /// <summary>What the engine says, in one line.</summary>
    public static string Ask(params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Engine, arguments)
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? said
            : $"{Engine} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result.Trim()}";
    }

    /// <summary>The bytes of the image, unpacked.</summary>
    public static string Size => Ask("image", "inspect", "--format", "{{.Size}}", Name!);

    /// <summary>How much memory a running program has, and its limit.</summary>
    public static string Memory(RunningService program) => Ask("stats", "--no-stream", "--format", "{{.MemUsage}}", program.Name);

    private static bool Succeeds(params IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Engine, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // It is not installed.
        }
    }
}

/// <summary>A fact about the image; skipped, and shown as skipped, where none is named.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ImageFactAttribute : FactAttribute
{
    public ImageFactAttribute() => Skip = TradingImage.Missing;
}

/// <summary>A theory about the image; skipped, and shown as skipped, where none is named.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ImageTheoryAttribute : TheoryAttribute
{
    public ImageTheoryAttribute() => Skip = TradingImage.Missing;
}
