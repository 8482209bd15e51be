namespace Trading.Deploy.Tests;

/// <summary>The repository that the tests were built from, and what lies beside it.</summary>
internal static class Repository
{
    /// <summary>Its top folder, found upwards from the test's binaries.</summary>
    public static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>
    /// Strict schemas of what Kubernetes and compose take, and of the kinds that operators add; null where there are none.
    /// </summary>
    public static readonly string? Schemas = new[] { Environment.GetEnvironmentVariable("TRADING_DATA"),
        Path.Combine(Root, "..", "shared", "data") }
        .Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, "k8s-schemas"))
        .FirstOrDefault(Directory.Exists);

    /// <summary>Reads a file of the repository.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Directory.Packages.props.")
        : File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")) ? folder.FullName
        : Find(folder.Parent);
}
