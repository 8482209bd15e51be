using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Trading.Deploy.Tests;

/// <summary>
/// The licences of everything that is built in, from the lock files and the packages themselves, are listed in docs/licences.md, and are
/// such that this system may be used and passed on.
/// </summary>
public sealed class LicenceTests
{
    private const string Accept = "TRADING_ACCEPT_SNAPSHOTS";

    private static readonly string[] Allowed = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "ISC", "0BSD"];

    // Its licence asks that changes of its own files are published: tests alone may use it.
    private static readonly string[] AllowedInTests = [.. Allowed, "MPL-2.0"];

    // Packages that name an address in place of a licence; as the text at that address says.
    private static readonly Dictionary<string, string> Known = new()
    {
        ["k4os.compression.lz4"] = "MIT", ["k4os.compression.lz4.streams"] = "MIT", ["k4os.hash.xxhash"] = "MIT",
        ["xunit.abstractions"] = "Apache-2.0",
    };

    [Fact]
    public void the_licences_of_all_dependencies_are_listed_and_allowed()
    {
        var packages = Packages().ToList();
        Assert.All(packages, package => Assert.Contains(package.Licence, package.Product ? Allowed : AllowedInTests));
        var page = Page(packages);
        var file = Path.Combine(Repository.Root, "docs", "licences.md");
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllText(file, page);
        Assert.Equal(page, File.ReadAllText(file));
    }

    private static string Page(List<Package> packages)
    {
        IEnumerable<string> Rows(bool product) => packages.Where(package => package.Product == product)
            .OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase).ThenBy(package => package.Version, StringComparer.Ordinal)
            .Select(package => $"| {package.Name} | {package.Version} | {package.Licence} |");
        return string.Join('\n',
            [
                "# Licences", "",
                $"Made from the lock files and the packages (`{Accept}=1 dotnet test tests/Deploy.Tests --filter Licence`).",
                "The official build (`OfficialPackages=true`) adds AWSSDK.SimpleNotificationService, AWSSDK.SecretsManager,",
                "AWSSDK.TimestreamWrite, AWSSDK.BedrockRuntime, AWSSDK.SageMakerRuntime and MassTransit.AmazonSQS, all Apache-2.0.", "",
                "## Programs", "", "| package | version | licence |", "|---|---|---|", .. Rows(true), "",
                "## Tests and infrastructure alone", "", "| package | version | licence |", "|---|---|---|", .. Rows(false), "",
            ]);
    }

    private static IEnumerable<Package> Packages()
    {
        var found = new Dictionary<(string Name, string Version), bool>();
        foreach (var file in LockFiles())
        {
            var product = Path.GetRelativePath(Repository.Root, file) is var place
                && (place.StartsWith("services", StringComparison.Ordinal) || place.StartsWith("contracts", StringComparison.Ordinal)
                    || place.StartsWith("compat", StringComparison.Ordinal));
            foreach (var (_, framework) in JsonNode.Parse(File.ReadAllText(file))!["dependencies"]!.AsObject())
            {
                foreach (var (name, entry) in framework!.AsObject().Where(one => (string?)one.Value!["type"] != "Project"))
                {
                    var key = (name, (string)entry!["resolved"]!);
                    found[key] = product || found.GetValueOrDefault(key);
                }
            }
        }
        return [.. found.Select(one => new Package(one.Key.Name, one.Key.Version, Licence(one.Key.Name, one.Key.Version), one.Value)),
            .. Npm()];
    }

    private static IEnumerable<string> LockFiles() => Directory
        .EnumerateFiles(Repository.Root, "packages.lock.json", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar)
            .Any(part => part is "bin" or "obj" or "node_modules"));

    private static string Licence(string name, string version)
    {
        var id = name.ToLowerInvariant();
        var root = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var licence = XDocument.Load(Path.Combine(root, id, version.ToLowerInvariant(), $"{id}.nuspec")).Descendants()
            .FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression")?.Value;
        return licence ?? Known.GetValueOrDefault(id) ?? $"none that {name} {version} names";
    }

    // What the local SNS/SQS endpoint is made of; versions and licences as npm locked them.
    private static IEnumerable<Package> Npm() => JsonNode.Parse(File.ReadAllText(
            Path.Combine(Repository.Root, "services", "LocalServers", "fauxqs", "package-lock.json")))!["packages"]!.AsObject()
        .Where(one => one.Key.Length > 0)
        .Select(one => new Package($"{one.Key[(one.Key.LastIndexOf("node_modules/", StringComparison.Ordinal) + 13)..]} (npm)",
            (string)one.Value!["version"]!, (string?)one.Value["license"] ?? "none that it names", true))
        .DistinctBy(package => (package.Name, package.Version));

    private sealed record Package(string Name, string Version, string Licence, bool Product);
}
