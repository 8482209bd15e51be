using System.Text.RegularExpressions;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>The document of the settings, and the settings.</summary>
public sealed partial class SettingsDocumentTests
{
    [Fact]
    public void the_document_lists_every_setting_once_with_its_local_default()
    {
        // One table for each area; other tables have another third column.
        var meaning = false;
        var document = File.ReadLines(Path.Combine(Root(), "docs", "settings.md"))
            .Where(line =>
                (meaning = line.StartsWith('|') && (meaning || line == "| key | `local` | meaning |")) && line[2] is >= 'A' and <= 'Z')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (Name: cells[1], Default: cells[2]))
            .OrderBy(setting => setting.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(SettingsReader.Names.Order(StringComparer.Ordinal), document.Select(setting => setting.Name));
        var local = TradingSettings.ForProfile(TradingSettings.DefaultProfile)!;
        Assert.Equal(Sorted(local), document.Select(setting => $"Trading:{setting.Name} = "
            + $"{Default().Match(setting.Default).Groups["alone"].Value.Replace(", ", ",", StringComparison.Ordinal)}"));
        Assert.Equal(Sorted(AllInOneProgram.Program.Defaults(local)), document.Select(setting =>
        {
            var match = Default().Match(setting.Default);
            var value = match.Groups[match.Groups["together"].Success ? "together" : "alone"].Value;
            return $"Trading:{setting.Name} = {value.Replace(", ", ",", StringComparison.Ordinal)}";
        }));
    }

    private static IEnumerable<string> Sorted(TradingSettings settings) => SettingsReader.Lines(settings).Order(StringComparer.Ordinal);

    // A default, and where AllInOne has another: live (`auto` in AllInOne).
    [GeneratedRegex(@"^(?<alone>[^(]*?)( \(`?(?<together>\w+)`? in AllInOne\))?$")]
    private static partial Regex Default();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in the repository");
        return folder.FullName;
    }
}
