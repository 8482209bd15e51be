using System.Diagnostics;

namespace Trading.Deploy.Tests;

/// <summary>Programs that a machine may have or not: on the path, or in the folder that TRADING_TOOLS names.</summary>
internal static class Tools
{
    /// <summary>Where a program is; null where there is none.</summary>
    public static string? Find(string name) =>
        $"{Environment.GetEnvironmentVariable("TRADING_TOOLS")}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}".Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program in the repository; gives its exit code and what it wrote.</summary>
    public static (int Code, string Output, string Errors) Run(string name, params string[] args)
    {
        var start = new ProcessStartInfo(Find(name)!, args)
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    /// <summary>Why a test that needs programs or schemas is skipped; null when it runs.</summary>
    public static string? Missing(string[] programs, bool schemas)
    {
        if (programs.FirstOrDefault(program => Find(program) is null) is { } program)
            return $"needs {program} on the path, or in the folder that TRADING_TOOLS names";
        return schemas && Repository.Schemas is null
            ? "needs the schemas in k8s-schemas of the shared data: set TRADING_DATA to its folder" : null;
    }
}

/// <summary>A fact that needs programs; skipped, and shown as skipped, where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] programs) => Skip = Tools.Missing(programs, schemas: false);
}

/// <summary>A theory that needs programs; skipped, and shown as skipped, where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] programs) => Skip = Tools.Missing(programs, schemas: false);
}

/// <summary>A fact that needs programs and the shared data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute(params string[] programs) => Skip = Tools.Missing(programs, schemas: true);
}

/// <summary>A theory that needs programs and the shared schemas.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SchemaTheoryAttribute : TheoryAttribute
{
    public SchemaTheoryAttribute(params string[] programs) => Skip = Tools.Missing(programs, schemas: true);
}
