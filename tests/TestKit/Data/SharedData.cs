using System.Runtime.CompilerServices;

namespace Trading.TestKit.Data;

/// <summary>
/// Recorded market data that is not part of the repository: $TRADING_DATA, else ../shared/data beside the repository's root.
/// </summary>
internal static class SharedData
{
    public static string? Folder { get; } = Find();

    public static string Path(string name) =>
        System.IO.Path.Combine(
            Folder ?? throw new InvalidOperationException("mark the test with SharedDataFact or SharedDataTheory"), name);

    /// <summary>Results that others computed, beside the market data.</summary>
    public static string ReferenceVector(string name) => System.IO.Path.Combine(Path(".."), "reference-vectors", name);

    private static string? Find([CallerFilePath] string thisFile = "")
    {
        // Sources may be mapped to another path in the build, so the root is looked for from the binaries as well.
        var besideRoot = new[] { System.IO.Path.GetDirectoryName(thisFile), AppContext.BaseDirectory }.Select(BesideRoot);
        return besideRoot.Prepend(Environment.GetEnvironmentVariable("TRADING_DATA")).FirstOrDefault(Directory.Exists);
    }

    private static string? BesideRoot(string? start)
    {
        var folder = string.IsNullOrEmpty(start) ? null : new DirectoryInfo(start);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent;
        return folder?.Parent is { } parent ? System.IO.Path.Combine(parent.FullName, "shared", "data") : null;
    }
}

/// <summary>A fact about the shared data; skipped, and shown as skipped, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : Xunit.FactAttribute
{
    internal const string NoData =
        "needs the shared market data: set TRADING_DATA to its folder, or put it at ../shared/data beside the repository";

    public SharedDataFactAttribute()
    {
        if (SharedData.Folder is null)
            Skip = NoData;
    }
}

/// <summary>A theory about the shared data; skipped, and shown as skipped, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataTheoryAttribute : Xunit.TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (SharedData.Folder is null)
            Skip = SharedDataFactAttribute.NoData;
    }
}
