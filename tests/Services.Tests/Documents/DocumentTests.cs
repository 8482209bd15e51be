using System.Text.RegularExpressions;
using Trading.Cli;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Documents;

/// <summary>What the documents promise: links that lead somewhere, and commands that exist and take the switches that are shown.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Documents => [.. new[] { "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md" }
        .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(file => Path.GetRelativePath(Root, file)))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void every_link_within_the_repository_leads_to_a_file(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Root, document))!;
        Assert.All(Links().Matches(Text(document)).Select(link => link.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#')),
            target => Assert.True(Path.Exists(Path.Combine(folder, target.Split('#')[0])), $"{document} links to {target}"));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void every_command_that_is_named_exists(string document)
    {
        var commands = Commands.Create();
        Assert.All(Named().Matches(Text(document)).Select(match => match.Value.Trim('`', ' ')), named =>
        {
            var words = named.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            System.CommandLine.Command current = commands;
            foreach (var word in words.Skip(1).TakeWhile(word => PlainWord().IsMatch(word)))
            {
                if (current.Subcommands.Count == 0)
                    break;
                current = current.Subcommands.FirstOrDefault(sub => sub.Name == word)
                    ?? throw new Xunit.Sdk.XunitException($"{document} names {named}, and there is no command {word}");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void every_setting_that_is_named_exists(string document)
    {
        var settings = SettingsReader.Names.Concat(SettingsReader.Renamed.Keys).ToHashSet(StringComparer.Ordinal);
        var text = Text(document);
        Assert.All(SettingNames().Matches(text).Select(match => match.Groups[1].Value).Where(name => name is not "Name"),
            name => Assert.Contains(name, settings));
        // In code quotes stand names of the code, too.
        Assert.All(QuotedNames().Matches(text).Select(match => match.Groups[1].Value),
            name => Assert.True(settings.Contains(name) || CodeNames.Value.Contains(name), $"{document} names {name}, which is nowhere"));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void every_command_of_a_block_takes_the_switches_that_are_shown(string document)
    {
        Assert.All(Block().Matches(Text(document)).Select(match => match.Groups[1].Value).Where(line => !Shortened().IsMatch(line)), line =>
        {
            var words = Words().Matches(Comment().Replace(line, "")).Select(match => match.Value.Trim('"', '\'')).ToArray();
            // The switches of a service are another list.
            if (words[0] is not ("run" or "demo" or "service"))
                Assert.Empty(Commands.Create().Parse(words).Errors.Select(error => $"{document}: {line}: {error.Message}"));
        });
    }

    // Every word that the code, its tests and its build files use.
    private static readonly Lazy<HashSet<string>> CodeNames = new(() =>
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in new[] { "services", "contracts", "infra", "tests", "k8s" })
            Take(Path.Combine(Root, folder));
        foreach (var file in Directory.EnumerateFiles(Root).Where(IsCode))
            Read(file);
        return names;

        void Take(string folder)
        {
            foreach (var file in Directory.EnumerateFiles(folder).Where(IsCode))
                Read(file);
            // What is built, and what a package manager fetched, is not written here.
            foreach (var inner in Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not
                ("bin" or "obj" or "node_modules")))
                Take(inner);
        }

        void Read(string file)
        {
            foreach (Match word in Word().Matches(File.ReadAllText(file)))
                names.Add(word.Value);
        }

        static bool IsCode(string file) =>
            Path.GetExtension(file) is ".cs" or ".csproj" or ".props" or ".targets" or ".yml" or ".yaml" or ".razor" or ".js";
    });

    [Fact]
    public void the_example_of_a_strategy_is_the_one_that_is_compiled_and_played()
    {
        var example = File.ReadAllText(Path.Combine(Root, "tests", "Services.Tests", "Documents", "Dips.cs"));
        Assert.Contains($"```csharp\n{example}```", Text("docs/own-strategy.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void every_message_that_troubleshooting_explains_is_one_of_the_programs()
    {
        var source = Source();
        var quoted = Text("docs/troubleshooting.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Quoted().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value)).ToList();
        Assert.True(quoted.Count > 10);
        const StringSplitOptions Whole = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        Assert.All(quoted.SelectMany(message => message.Split("...", Whole)),
            part => Assert.Contains(part, source, StringComparison.Ordinal));
    }

    // The programs as they are written, with texts whole that continue on another line.
    private static string Source() => Continued().Replace(string.Concat(
        Directory.EnumerateFiles(Path.Combine(Root, "services"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText)), "");

    [Fact]
    public void the_readme_has_at_most_120_lines() => Assert.InRange(File.ReadAllLines(Path.Combine(Root, "README.md")).Length, 1, 120);

    private static string Text(string document) => File.ReadAllText(Path.Combine(Root, document));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            folder = folder.Parent ?? throw new InvalidOperationException("the tests do not lie in the repository");
        return folder.FullName;
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"(`trading [a-z][^`]*`|(?m)^    trading [a-z].*$)")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?:Trading:|Trading__|--set )([A-Z][A-Za-z]+)")]
    private static partial Regex SettingNames();

    [GeneratedRegex("`([A-Z][a-z]+[A-Z][A-Za-z]+)(?:=[^`]*)?`")]
    private static partial Regex QuotedNames();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    // Alternatives, an example that goes on, another program behind it.
    [GeneratedRegex(@" \| |\.\.\.|\\$|&&|^--|\[|NAME=VALUE")]
    private static partial Regex Shortened();

    [GeneratedRegex(@"\s+#.*$| > \S+$")]
    private static partial Regex Comment();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Continued();

    [GeneratedRegex("^[a-z][a-z-]+$")]
    private static partial Regex PlainWord();

    [GeneratedRegex(@"(?m)^    (?:trading|dotnet run --project services/Cli --) (.*)$")]
    private static partial Regex Block();
}
