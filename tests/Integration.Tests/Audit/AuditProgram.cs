namespace Trading.Integration.Tests.Audit;

/// <summary>trading audit as a program, as an auditor runs it.</summary>
internal static class AuditProgram
{
    /// <summary>Runs a command.</summary>
    /// <param name="connection">The journal's database; null for none.</param>
    /// <param name="environment">Further variables.</param>
    /// <param name="arguments">What follows on "trading audit".</param>
    internal static Task<CliProgram.Result> RunAsync(string? connection, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var variables = connection is null ? [] : new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = connection };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            variables[name] = value;
        return CliProgram.RunAsync(variables, ["audit", .. arguments]);
    }
}
