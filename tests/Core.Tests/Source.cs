using System.Text.RegularExpressions;

namespace Trading.Core.Tests;

/// <summary>A source file of the repository, its path written from the repository's top with forward slashes.</summary>
internal sealed partial record Source(string Path, string[] Lines)
{
    /// <summary>Every .cs file that is written by hand.</summary>
    public static IReadOnlyList<Source> All { get; } = new[] { "contracts", "services", "tests", "compat", "infra" }
        .Select(top => System.IO.Path.Combine(Repository.Root, top))
        .Where(Directory.Exists)
        .SelectMany(top => Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories))
        .Select(file => (File: file, Path: System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')))
        .Where(file => !file.Path.Contains("/obj/", StringComparison.Ordinal) && !file.Path.Contains("/bin/", StringComparison.Ordinal))
        .OrderBy(file => file.Path, StringComparer.Ordinal)
        .Select(file => new Source(file.Path, File.ReadAllLines(file.File)))
        .ToList();

    /// <summary>The files of contracts and services.</summary>
    public static IEnumerable<Source> OfProduct => All.Where(source => Top(source) is "contracts" or "services");

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>The project's folder, for example services/Core; contracts has one project.</summary>
    public string Project => Top(this) is "services" or "tests" or "compat" ? string.Join('/', Path.Split('/').Take(2)) : Top(this);

    /// <summary>The folder below the project's; empty for the project's own.</summary>
    public string Folder => Path[Project.Length..Path.LastIndexOf('/')].TrimStart('/');

    /// <summary>The types that it declares, nested ones included, and whether each is partial.</summary>
    public IEnumerable<(string Type, bool Partial)> Types => Lines.Select(line => Declaration().Match(line))
        .Where(match => match.Success)
        .Select(match => (match.Groups["type"].Value, match.Groups["partial"].Success));

    /// <summary>The code without comments and without the text of strings; what is computed inside of strings stays.</summary>
    public string Code => Literal().Replace(string.Join('\n', Lines.Select(line => Comment().Replace(line, ""))),
        match => string.Join(' ', Hole().Matches(match.Value).Select(hole => hole.Groups[1].Value)));

    private static string Top(Source source) => source.Path.Split('/')[0];

    [GeneratedRegex(@"^\s*(?:(?:public|internal|private|protected|file|static|sealed|abstract|readonly|ref|unsafe|new"
        + @"|(?<partial>partial)) )*"
        + @"(?:delegate [\w<>?,\[\]. ]+|class|record struct|record class|record|struct|interface|enum) (?<type>[A-Z]\w*)(?=[\s<({:;]|$)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\s*//.*$|\s//\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("""[$@]*"(?:[^"\\\n]|\\.)*"[^\n]??""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{([^{}""]+)\}")]
    private static partial Regex Hole();
}
