using System.Diagnostics;

namespace Trading.Integration.Tests;

/// <summary>trading as a program, as people run it.</summary>
internal static class CliProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>What a run left.</summary>
    internal sealed record Result(int Code, string Output, string Errors);

    /// <summary>Runs a command.</summary>
    /// <param name="environment">Further variables.</param>
    /// <param name="arguments">What follows on "trading".</param>
    internal static async Task<Result> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var program = Start(environment, arguments);
        using var limit = new CancellationTokenSource(Limit);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(limit.Token), program.StandardError.ReadToEndAsync(limit.Token));
        await program.WaitForExitAsync(limit.Token);
        return new(program.ExitCode, await output, await errors);
    }

    /// <summary>Begins a command; its output must be read.</summary>
    internal static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Cli.Audit.AuditCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
