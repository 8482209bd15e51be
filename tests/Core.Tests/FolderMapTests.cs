using System.Text;
using System.Text.RegularExpressions;

namespace Trading.Core.Tests;

/// <summary>
/// Which folder names types of which other one. docs/folders.md shows it; TRADING_ACCEPT_SNAPSHOTS=1 has this test write the page again.
/// </summary>
public partial class FolderMapTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "folders.md");

    // The folders of Core share a namespace: CoreFolderTests keeps their order.
    private static readonly List<Source> Sources = [.. Source.OfProduct.Where(source => source.Project != "services/Core")];

    private static readonly Lazy<SortedDictionary<string, SortedSet<string>>> Map = new(Make);

    [Fact]
    public void no_folders_name_each_other_in_a_circle() => Violations.None(Map.Value.Keys.Select(WayBack).OfType<string>());

    [Fact]
    public void the_page_of_the_folders_is_how_it_is()
    {
        var text = Text();
        if (Environment.GetEnvironmentVariable("TRADING_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(Page, text);
        Assert.Equal(text, File.ReadAllText(Page).ReplaceLineEndings("\n"));
    }

    private static SortedDictionary<string, SortedSet<string>> Make()
    {
        var declared = Sources
            .SelectMany(source => source.Types.Select(type => (type.Type, Namespace: Namespace(source), Folder: FolderOf(source))))
            .Distinct().GroupBy(type => type.Type).Where(group => group.Count() == 1)
            .ToDictionary(group => group.Key, group => group.First());
        var map = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var source in Sources)
        {
            var folder = FolderOf(source);
            map.TryAdd(folder, new(StringComparer.Ordinal));
            var visible = Visible(source);
            foreach (Match name in TypeName().Matches(source.Code))
            {
                if (declared.TryGetValue(name.Value, out var type) && type.Folder != folder && visible.Contains(type.Namespace))
                    map[folder].Add(type.Folder);
            }
        }
        return map;
    }

    // A folder that leads back to itself, as a chain of names.
    private static string? WayBack(string folder)
    {
        var from = new Dictionary<string, string>();
        var open = new Queue<string>([folder]);
        while (open.TryDequeue(out var at))
        {
            foreach (var next in Map.Value.GetValueOrDefault(at) ?? [])
            {
                if (next == folder)
                {
                    var way = new List<string> { folder };
                    for (var back = at; back != folder; back = from[back])
                        way.Add(back);
                    way.Add(folder);
                    return string.Join(" <- ", way);
                }
                if (from.TryAdd(next, at))
                    open.Enqueue(next);
            }
        }
        return null;
    }

    private static string Text()
    {
        var text = new StringBuilder("# Folders\n\nWhich folder names types of which other one; made from the code by `FolderMapTests` "
            + "(`TRADING_ACCEPT_SNAPSHOTS=1 dotnet test tests/Core.Tests --filter FolderMap` writes it again).\nThe folders "
            + "of `services/Core` share a namespace; their order is the list in `tests/Core.Tests/CoreFolderTests.cs`.\n\n"
            + "| folder | names types of |\n|---|---|\n");
        foreach (var (folder, named) in Map.Value)
            text.Append($"| {folder} | {string.Join(", ", named.Select(name => Short(name, folder)))} |\n");
        return text.ToString();
    }

    // Within the same project the name below it is enough.
    private static string Short(string name, string folder)
    {
        var project = string.Join('/', folder.Split('/').Take(2));
        return name.StartsWith($"{project}/", StringComparison.Ordinal) ? $".{name[project.Length..]}" : name;
    }

    private static string FolderOf(Source source) => source.Path[..source.Path.LastIndexOf('/')];

    private static string Namespace(Source source) =>
        source.Lines.Select(line => NamespaceLine().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value ?? "";

    private static HashSet<string> Visible(Source source)
    {
        var visible = source.Lines.Select(line => UsingLine().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).ToHashSet();
        for (var name = Namespace(source); name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf('.'))])
            visible.Add(name);
        return visible;
    }

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*\b")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^using (?:static )?([\w.]+);")]
    private static partial Regex UsingLine();
}
