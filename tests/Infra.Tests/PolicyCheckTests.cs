using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Trading.Infra.Tests;

/// <summary>
/// The rules of AWS Control Tower, checked by cfn-guard as npm brings it. What is accepted is named with its reason; an exception that is
/// no longer needed fails too.
/// </summary>
[Collection(nameof(Cdk))]
public class PolicyCheckTests
{
    private const string Package = "@cdklabs/cdk-validator-cfnguard";
    private const string Version = "0.0.62";

    private static readonly string[] Families =
        ["s3", "sqs", "rds", "dynamodb", "eks", "keymanagementservice", "identityandaccessmanagement", "ec2", "sagemaker", "cloudwatch",
            "lambda"];

    private const string Siblings = "what failed already has nowhere else to go";
    private const string Imported = "has a key, by import from the network's stack, which the rule does not follow: "
        + "every_log_is_encrypted_and_ends checks it";
    private const string RootKey = "the account's own statement, without which nobody could administer the key; roles use keys by way "
        + "of services alone";
    private const string NoListener = "nobody waits for new objects";
    private const string NotEvidence = "is no evidence: it is deleted after its time, the anchors are locked";
    private const string Short = "dev keeps logs for 30 days";

    /// <summary>Accepted exceptions by rule, resource and reason. The resource's name may be followed by anything.</summary>
    private static readonly (string Rule, string Resource, string Because, bool DevOnly)[] Accepted =
    [
        ("CT.SQS.PR.1", "Queuetrading.*(error|skipped)", Siblings, false),
        ("CT.KMS.PR.3", "Key", RootKey, false),
        ("CT.S3.PR.2", "AccessLogs", "the bucket of the logs does not log itself", false),
        ("CT.S3.PR.10", "AccessLogs", "S3 delivers logs with its own encryption alone", false),
        ("CT.S3.PR.4", "(AccessLogs|RawPrices|Anchors)", NoListener, false),
        ("CT.S3.PR.9", "(AccessLogs|RawPrices)", NotEvidence, false),
        ("CT.CLOUDWATCH.PR.3", "(ControlPlaneLogs|DatabaseLogs|ServiceLogs|MetricLogs)", Imported, false),
        ("CT.EC2.PR.10", "NodeTemplate", "nodes are watched by the minute from inside of the cluster", false),
        ("CT.CLOUDWATCH.PR.2", "(ControlPlaneLogs|DatabaseLogs|ServiceLogs|MetricLogs|RejectedConnections)", Short, true),
        ("CT.RDS.PR.3", "Database", "dev can be deleted", true),
    ];

    [NpmTheory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task a_stage_keeps_the_rules_of_control_tower_but_for_the_accepted_exceptions(string stage)
    {
        var found = await FindingsAsync(stage == "dev" ? Synthesized.Dev : Synthesized.Prod);
        var accepted = Accepted.Where(one => stage == "dev" || !one.DevOnly).ToList();

        Assert.Empty(found.Where(finding => !accepted.Any(one => Covers(one, finding)))
            .Select(finding => $"{finding.Rule}: {finding.Resource}"));
        Assert.Empty(accepted.Where(one => !found.Any(finding => Covers(one, finding)))
            .Select(one => $"{one.Rule} is kept by {one.Resource} now: the exception can go"));

        static bool Covers((string Rule, string Resource, string Because, bool DevOnly) one, (string Rule, string Resource) finding) =>
            one.Rule == finding.Rule && Regex.IsMatch(finding.Resource, $"^{one.Resource}");
    }

    private static async Task<HashSet<(string Rule, string Resource)>> FindingsAsync(Synthesized deployment)
    {
        var package = await PackageAsync();
        var processor = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        var guard = Path.Combine(package, "bin", OperatingSystem.IsMacOS() ? "macos" : "ubuntu", processor, "cfn-guard");
        string[] arguments =
        [
            "validate", "--data", .. Directory.EnumerateFiles(deployment.Folder, "*.template.json").Order(),
            "--rules", .. Families.Select(family => Path.Combine(package, "rules", "control-tower", "cfn-guard", family)), "--structured",
                "-o", "json", "--show-summary", "none",
        ];
        var (code, output, errors) = await RunAsync(guard, deployment.Folder, arguments);
        Assert.True(code is 0 or 19, $"cfn-guard ended with {code}: {errors}");
        return [.. JsonNode.Parse(output)!.AsArray().SelectMany(file => file!["not_compliant"]!.AsArray()).SelectMany(rule =>
        {
            var text = rule!.ToJsonString();
            var name = Regex.Match(text, "\\[(CT\\.[A-Z0-9.]+)\\]").Groups[1].Value;
            return Regex.Matches(text, "/Resources/([A-Za-z0-9]+)").Select(match => (name, match.Groups[1].Value));
        })];
    }

    // Kept between runs: the package is 30 MB.
    private static async Task<string> PackageAsync()
    {
        var folder = Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData,
            System.Environment.SpecialFolderOption.Create), "trading", "cfnguard", Version);
        if (Directory.Exists(folder))
            return Path.Combine(folder, "package");
        var making = Directory.CreateTempSubdirectory("trading-cfnguard-").FullName;
        var (code, archive, errors) = await RunAsync("npm", making, "pack", "--silent", $"{Package}@{Version}");
        Assert.True(code == 0, $"npm does not give {Package} {Version}: {errors.Trim().Split('\n')[0]}");
        await using (var file = new GZipStream(File.OpenRead(Path.Combine(making, archive.Trim())), CompressionMode.Decompress))
            await TarFile.ExtractToDirectoryAsync(file, making, overwriteFiles: true);
        File.Delete(Path.Combine(making, archive.Trim()));
        foreach (var program in Directory.EnumerateFiles(Path.Combine(making, "package", "bin"), "cfn-guard", SearchOption.AllDirectories))
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        await RunAsync("cp", making, "-r", making, folder);
        Directory.Delete(making, recursive: true);
        return Path.Combine(folder, "package");
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
                WorkingDirectory = folder
            })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }
}

/// <summary>A test that needs npm, and a system that cfn-guard's package has a program for.</summary>
public sealed class NpmTheoryAttribute : TheoryAttribute
{
    public NpmTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? "cfn-guard's package has no program for Windows" : HasNpm() ? null
        : "npm is not installed";

    private static bool HasNpm()
    {
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", "--version") { RedirectStandardOutput = true })!;
            npm.WaitForExit();
            return npm.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
