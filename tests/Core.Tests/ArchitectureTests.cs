using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Trading.Core.Tests;

/// <summary>References point one way: contracts, Core, then Journal, Aws and Hosting, then the services, then AllInOne and Cli.</summary>
public class ArchitectureTests
{
    private static readonly string[] Services = ["PriceCollector", "Predictor", "RiskManager", "Executor", "Dashboard"];

    /// <summary>What each project may refer to; a project that is not named here is not part of the design.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["contracts/Contracts"] = [],
        ["services/Core"] = ["Contracts"],
        ["services/Journal"] = ["Contracts", "Core"],
        ["services/Aws"] = ["Contracts", "Core"],
        ["services/Research"] = ["Contracts", "Core"],
        ["services/MarketData"] = ["Contracts", "Core"],
        ["services/LocalServers"] = [],
        ["services/Hosting"] = ["Contracts", "Core", "Journal", "Aws", "LocalServers"],
        ["services/PriceCollector"] = ["Contracts", "Core", "Journal", "Aws", "Hosting", "MarketData"],
        ["services/Predictor"] = ["Contracts", "Core", "Journal", "Aws", "Hosting"],
        ["services/RiskManager"] = ["Contracts", "Core", "Journal", "Aws", "Hosting"],
        ["services/Executor"] = ["Contracts", "Core", "Journal", "Aws", "Hosting"],
        ["services/Dashboard"] = ["Contracts", "Core", "Journal", "Aws", "Hosting"],
        ["services/AllInOne"] = ["Contracts", "Core", "Journal", "Aws", "Hosting", .. Services],
        ["services/Cli"] = ["Contracts", "Core", "Journal", "Aws", "Hosting", "MarketData", "Research",
            "LocalServers", "AllInOne", .. Services],
    };

    /// <summary>Packages that only certain projects of services may name.</summary>
    private static readonly (string Package, string[] Projects)[] Reserved =
    [
        ("^Marten($|\\.)", ["services/Journal"]),
        ("^AWSSDK\\.", ["services/Aws"]),
        ("^(Amazon\\.CDK|Constructs)($|\\.)", ["infra/Infra"]),
        ("^MassTransit\\.AmazonSQS$", ["services/Aws"]),
        ("^Npgsql($|\\.)", ["services/Journal", "services/LocalServers"]),
        ("^BouncyCastle\\.", ["services/Journal", "services/Executor"]),
        ("^Testcontainers($|\\.)", []),
        ("^OpenTelemetry($|\\.)", ["services/Hosting"]),
        ("^(System\\.CommandLine|Spectre\\.Console)($|\\.)", ["services/Hosting", "services/AllInOne", "services/Cli"]),
        ("^MassTransit$", ["services/Hosting", "services/Aws", "services/AllInOne", .. Services.Select(service => $"services/{service}")]),
    ];

    private static readonly List<Project> Projects = new[] { "contracts", "services", "tests", "compat", "infra" }
        .Select(top => Path.Combine(Repository.Root, top))
        .Where(Directory.Exists)
        .SelectMany(top => Directory.EnumerateFiles(top, "*.csproj", SearchOption.AllDirectories))
        .Select(file => new Project(file))
        .ToList();

    [Fact]
    public void the_projects_are_found() =>
        Assert.Superset(new HashSet<string> { "contracts/Contracts", "services/Core", "tests/Core.Tests" },
            Projects.Select(project => project.Name).ToHashSet());

    [Fact]
    public void references_point_one_way() => Violations.None(
        from project in Projects
        where project.Top is "contracts" or "services"
        from reference in project.References
        where !(Allowed.GetValueOrDefault(project.Name) ?? []).Contains(Path.GetFileNameWithoutExtension(reference))
        select $"{project.Name} may not refer to {reference}");

    [Fact]
    public void Research_is_referred_to_by_the_Cli_and_by_tests_alone() => Violations.None(
        from project in Projects
        where project.Top != "tests" && project.Name is not ("services/Cli" or "services/Research")
        from reference in project.References
        where reference == "services/Research/Research.csproj"
        select $"{project.Name} may not refer to {reference}: a live service must not reach a backtest or a search");

    [Fact]
    public void every_project_of_contracts_and_services_is_part_of_the_design() => Violations.None(
        from project in Projects
        where project.Top is "contracts" or "services" && !Allowed.ContainsKey(project.Name)
        select $"{project.Name} is not named in design and architecture test");

    [Fact]
    public void contracts_name_no_package_and_Core_only_analyzers() => Violations.None(
        from project in Projects
        where project.Name is "contracts/Contracts" or "services/Core" or "services/Research"
        from package in project.Packages
        where project.Name == "contracts/Contracts" || package.Attribute("PrivateAssets")?.Value != "all"
        select $"{project.Name} may not name {package.Attribute("Include")?.Value}");

    [Fact]
    public void a_package_is_named_only_where_the_design_wants_it() => Violations.None(
        from project in Projects
        where project.Top is "contracts" or "services" or "infra"
        from package in project.PackageNames
        from rule in Reserved
        where Regex.IsMatch(package, rule.Package) && !rule.Projects.Contains(project.Name)
        select $"{project.Name} may not name {package}");

    [Fact]
    public void nothing_refers_to_a_test_or_to_a_stand_in_by_its_path() => Violations.None(
        from project in Projects
        from reference in project.References
        where (reference.StartsWith("compat/", StringComparison.Ordinal) && project.Top != "compat")
            || (reference.StartsWith("tests/", StringComparison.Ordinal) && project.Top != "tests")
        select $"{project.Name} may not refer to {reference}");

    [Fact]
    public void a_stand_in_knows_nothing_of_the_system() => Violations.None(
        from project in Projects
        where project.Top == "compat"
        from reference in project.References
        where !reference.StartsWith("compat/", StringComparison.Ordinal)
        select $"{project.Name} may not refer to {reference}");

    [Fact]
    public void every_stand_in_is_named_and_every_named_one_that_is_used_exists()
    {
        var targets = Path.Combine(Repository.Root, "compat", "compat.targets");
        if (!File.Exists(targets))
            return;
        var named = XDocument.Load(targets).Descendants("StandIn").SelectMany(item => Split(item.Attribute("Include")?.Value)).ToHashSet();
        var existing = Projects.Where(project => project.Top == "compat").Select(project => project.Name["compat/".Length..]).ToHashSet();

        Violations.None(
            existing.Except(named).Select(name => $"compat/{name} is not named in compat.targets").Concat(
            from project in Projects
            from package in project.PackageNames
            where named.Contains(package) && !existing.Contains(package)
            select $"{project.Name} names {package}, whose stand-in compat/{package}/{package}.csproj does not exist"));
    }

    [Fact]
    public void every_project_lies_in_a_folder_of_its_name_and_gives_no_version() => Violations.None(
        (from project in Projects
         where project.Name is not ("contracts/Contracts" or "infra/Infra")
             && Path.GetFileName(Path.GetDirectoryName(project.File)) != Path.GetFileNameWithoutExtension(project.File)
         select $"{project.Name} is the file {project.File}").Concat(
        from project in Projects
        from package in project.Packages
        where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
        select $"{project.Name} gives {package.Attribute("Include")?.Value} a version of its own; "
            + "versions belong in Directory.Packages.props"));

    [Fact]
    public void all_background_work_runs_under_supervision() => Violations.None(
        from source in Source.OfProduct
        where !source.Path.StartsWith("services/Hosting/Background/", StringComparison.Ordinal)
        from wrong in Regex.Matches(source.Code, @":[^{;]*\bBackgroundService\b|\bnew PeriodicTimer\b|\bThreadPool\b|\bnew Timer\b")
            // A picture on a terminal, and a command that a person watches.
        where source.Name is not ("ProgressLine" or "TailCommand") || wrong.Value != "new PeriodicTimer"
        select $"{source.Path}: '{wrong.Value.Trim()}' can end in silence; derive from BackgroundWork");

    [Fact]
    public void a_step_of_background_work_catches_nothing_itself() => Violations.None(
        from source in Source.OfProduct
        let step = Regex.Match(string.Join('\n', source.Lines),
            @"override (?:async )?Task StepAsync\([^)]*\)(?: =>[^;]*;|\s*\n    {.*?\n    })",
            RegexOptions.Singleline)
        where step.Success && step.Value.Contains("catch", StringComparison.Ordinal)
        select $"{source.Path} catches failures of its own step: let them go to the supervised loop, which logs, counts and tries again");

    [Fact]
    public void every_project_is_in_the_solution()
    {
        var solution = Path.Combine(Repository.Root, "Trading.sln");
        if (!File.Exists(solution))
            return;
        var text = File.ReadAllText(solution).Replace('\\', '/');

        Violations.None(Projects
            .Where(project => !text.Contains($"\"{project.File}\"", StringComparison.Ordinal))
            .Select(project => $"{project.File} is missing in Trading.sln"));
    }

    private static string[] Split(string? items) =>
        (items ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A project file, its paths written from the repository's top with forward slashes.</summary>
    private sealed class Project
    {
        private readonly XDocument _content;
        private readonly string _folder;

        public Project(string file)
        {
            _content = XDocument.Load(file);
            _folder = Path.GetDirectoryName(file)!;
            File = FromTop(file);
        }

        public string File { get; }

        public string Top => File.Split('/')[0];

        /// <summary>Top folder and project, for example services/Core.</summary>
        public string Name => $"{Top}/{Path.GetFileNameWithoutExtension(File)}";

        /// <summary>Projects that it refers to.</summary>
        public IEnumerable<string> References => _content.Descendants("ProjectReference")
            .SelectMany(item => Split(item.Attribute("Include")?.Value))
            .Select(path => FromTop(Path.GetFullPath(Path.Combine(_folder, path.Replace('\\', '/')))));

        public IEnumerable<XElement> Packages => _content.Descendants("PackageReference");

        public IEnumerable<string> PackageNames => Packages.SelectMany(item => Split(item.Attribute("Include")?.Value));

        private static string FromTop(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
    }
}
