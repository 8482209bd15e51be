using System.Text.RegularExpressions;

namespace Trading.Services.Tests.Documents;

/// <summary>
/// The commands of README.md and docs/getting-started.md, in blocks and in quotes, that no test can run as they stand: why, and the files
/// of the repository that they name.
/// </summary>
internal static partial class NotRunCommands
{
    private const string Builds = "builds the repository once more, while its tests run", Changes = "changes the machine of the user",
        Elsewhere = "needs Docker or a cluster; ComposeTests, ImageTests and PolicyTests read what it is given";

    public static IReadOnlyDictionary<string, (string Reason, string[] Paths)> Reasons { get; } =
        new Dictionary<string, (string, string[])>
        {
            ["dotnet pack services/Cli -c Release -o packages"] = (Builds, ["services/Cli"]),
            ["dotnet tool install --global --add-source packages trading"] = (Changes, []),
            ["dotnet tool uninstall --global trading"] = (Changes, []),
            ["dotnet test Trading.sln"] = ("is what runs this test", ["Trading.sln"]),
            ["dotnet run --project services/Predictor"] =
                ("builds it; FourProcessesTests runs each service as a process", ["services/Predictor"]),
            [".ci/publish linux-x64 out"] = (Builds, [".ci/publish"]),
            [".ci/run"] = ("runs all tests, this one with them", [".ci/run"]),
            ["docker compose up"] = (Elsewhere, []),
            ["kubectl apply -k k8s/overlays/dev"] = (Elsewhere, ["k8s/overlays/dev"]),
        };

    /// <summary>Commands of other programs that a document quotes in its text.</summary>
    public static IEnumerable<string> Quoted(string document) =>
        Quote().Matches(document).Select(quote => quote.Groups[1].Value)
            .Where(command => !command.StartsWith("dotnet run --project services/Cli", StringComparison.Ordinal));

    [GeneratedRegex(@"`((?:dotnet|docker|kubectl|aws|npm) [^`]+|\.ci/[^`]+)`")]
    private static partial Regex Quote();
}
