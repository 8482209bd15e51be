using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trading.Infra.Tests;

/// <summary>
/// Templates as they were last agreed on: what a change does to a stage is read in the difference of these files. To agree on a change:
/// TRADING_ACCEPT_SNAPSHOTS=1 dotnet test tests/Infra.Tests
/// </summary>
[Collection(nameof(Cdk))]
public class SnapshotTests
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
    };
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Infra.Tests", "snapshots");
    private static readonly bool Accept = System.Environment.GetEnvironmentVariable("TRADING_ACCEPT_SNAPSHOTS") == "1";

    public static TheoryData<string, string> Templates()
    {
        var templates = new TheoryData<string, string>();
        foreach (var stage in Stage.All)
        {
            foreach (var stack in new[] { "network", "cluster", "messaging", "data-ingestion", "journal", "predictions", "trading-engine",
                "monitoring" })
                templates.Add(stage.Name, stack);
        }
        return templates;
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void a_template_is_as_agreed(string stage, string stack)
    {
        var template = (stage == "dev" ? Synthesized.Dev : Synthesized.Prod).Templates[stack];
        var text = Text(template);
        var file = Path.Combine(Folder, $"{stage}-{stack}.json");
        if (Accept)
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(file, text);
        }
        Assert.True(File.Exists(file), $"{file} is missing: run with TRADING_ACCEPT_SNAPSHOTS=1");
        var agreed = File.ReadAllText(file);
        var line = agreed.Split('\n').Zip(text.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(agreed == text, $"{stage}-{stack}.json differs from line {line + 1} on; look at the difference with "
            + $"TRADING_ACCEPT_SNAPSHOTS=1 and git diff");
    }

    [Fact]
    public void there_is_a_snapshot_of_every_stack_and_no_other() => Assert.Equal(
        Stage.All.SelectMany(stage => Synthesized.Dev.Templates.Keys.Select(stack => $"{stage.Name}-{stack}.json")).Order(),
        Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order());

    // What every template holds for the CDK's own use says nothing of this system.
    private static string Text(JsonObject template)
    {
        var own = template.DeepClone().AsObject();
        own.Remove("Rules");
        own.Remove("Parameters");
        return own.ToJsonString(Readable) + "\n";
    }
}
