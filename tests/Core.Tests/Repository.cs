namespace Trading.Core.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its top folder, found upwards from the test's binaries.</summary>
    public static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Directory.Packages.props.")
        : File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")) ? folder.FullName
        : Find(folder.Parent);
}
