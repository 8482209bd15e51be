using System.Diagnostics;

namespace Trading.Integration.Tests.Audit;

/// <summary>trading audit as a program, as an auditor runs it.</summary>
internal static class AuditProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>What a run left.</summary>
    internal sealed record Result(int Code, string Output, string Errors);

    /// <summary>Runs a command.</summary>
    /// <param name="connection">The journal's database; null for none.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="arguments">What follows on "trading audit".</param>
    internal static async Task<Result> RunAsync(string? connection, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Cli.Audit.AuditCommand).Assembly.Location, "audit", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (connection is not null)
            (start.Environment["Trading__Journal"], start.Environment["Trading__JournalConnection"]) = ("postgres", connection);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var program = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(limit.Token), program.StandardError.ReadToEndAsync(limit.Token));
        await program.WaitForExitAsync(limit.Token);
        return new(program.ExitCode, await output, await errors);
    }
}
