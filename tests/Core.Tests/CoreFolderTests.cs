using System.Text.RegularExpressions;

namespace Trading.Core.Tests;

/// <summary>The folders of Core share a namespace, so the compiler cannot keep them apart.</summary>
public class CoreFolderTests
{
    private const string Top = "";

    private static readonly string[] Basics = [Top, "Prices"];
    private static readonly string[] Decisions = [.. Basics, "Prediction", "Strategies", "Limits", "Account", "Trades", "Risk"];

    // Each folder names types of folders above it in this list alone: there can be no cycle.
    private static readonly (string Folder, string[] May)[] Folders =
    [
        (Top, []),
        ("Prices", [Top]),
        ("Prices/Indicators", ["Prices"]),
        ("Prediction", ["Prices"]),
        ("Prediction/Learned", ["Prediction", "Prices"]),
        ("Prediction/Boosted", ["Prediction", "Prices"]),
        ("Strategies", ["Prices/Indicators", "Prices"]),
        ("Limits", ["Prices"]),
        ("Account", ["Limits", Top]),
        ("Trades", ["Limits", Top]),
        ("Risk", [.. Basics, "Prediction", "Limits", "Account"]),
        ("Pipeline", Decisions),
        ("Audit", [.. Decisions, "Pipeline"]),
        ("Audit/Replay", [.. Decisions, "Pipeline", "Audit"]),
    ];

    private static readonly List<Source> Core = [.. Source.All.Where(source => source.Project == "services/Core")];

    private static readonly Dictionary<string, Source> Declared = Core
        .SelectMany(source => source.Types.Select(type => (type.Type, Source: source)))
        .GroupBy(type => type.Type)
        .Where(group => group.Select(type => type.Source.Folder).Distinct().Count() == 1)
        .ToDictionary(group => group.Key, group => group.First().Source);

    private static readonly HashSet<string> Keywords =
        [.. "class record struct interface enum new return is not or and as case in throw await out ref readonly static".Split(' ')];

    // Exits is a class and also a part of the limits: such a name counts as a type only where it cannot be a property.
    private static readonly HashSet<string> Members = Source.All
        .Where(source => source.Project is "services/Core" or "contracts")
        .SelectMany(source => Regex.Matches(source.Code, @"(\w+|[>\])])\?? ([A-Z]\w*)(?= *[,){=;(]|\n)"))
        .Where(match => !Keywords.Contains(match.Groups[1].Value))
        .Select(match => match.Groups[2].Value)
        .ToHashSet();

    [Fact]
    public void every_folder_of_Core_is_listed() => Assert.Equal(
        Folders.Select(folder => folder.Folder).Order(StringComparer.Ordinal),
        Core.Select(source => source.Folder).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void the_list_of_folders_has_no_cycle()
    {
        for (var i = 0; i < Folders.Length; i++)
            Assert.Subset(Folders.Take(i).Select(folder => folder.Folder).ToHashSet(), Folders[i].May.ToHashSet());
    }

    [Fact]
    public void folders_of_Core_point_one_way() => Violations.None(
        from source in Core
        let may = Folders.Single(folder => folder.Folder == source.Folder).May
        let code = source.Code
        from type in Declared
        where type.Value.Folder != source.Folder && !may.Contains(type.Value.Folder) && Names(code, type.Key, type.Value)
        select $"{source.Path} names {type.Key} of Core/{type.Value.Folder}, which {source.Folder} may not");

    private static bool Names(string code, string type, Source declaration)
    {
        if (!Members.Contains(type))
            return Regex.IsMatch(code, $@"(?<![\w.]){type}\b");
        return Regex.IsMatch(code, $@"(?<![\w.])(new|is|typeof\(|<|: ){type}\b|(?<![\w.]){type}\?? [A-Za-z_]\w*\b")
            || Regex.Matches(code, $@"(?<![\w.]){type}\.(\w+)").Any(match => Regex.IsMatch(declaration.Code,
                $@"\b(static|const)\b[^\n]*\b{match.Groups[1].Value}\b"));
    }
}
