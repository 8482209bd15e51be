using System.Globalization;
using Trading.Cli.Backtests;

namespace Trading.Cli.Setup;

/// <summary>The files of a strategy of one's own: a class library, and a test of it.</summary>
public sealed class StrategyProject
{
    private const int LongestName = 40;

    /// <summary>A project of a name.</summary>
    /// <exception cref="BacktestException">A strategy cannot have this name; the message is one line.</exception>
    public StrategyProject(string name)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            || !char.IsAsciiLetterLower(name[0]))
        {
            throw new BacktestException(
                $"a strategy's name is 1 to {LongestName} small letters, digits and dashes and begins with a letter, was {name}");
        }
        Name = name;
        Class = string.Concat(name.Split('-', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..]));
    }

    /// <summary>Name in settings and records.</summary>
    public string Name { get; }

    /// <summary>Name of its class.</summary>
    public string Class { get; }

    /// <summary>Writes the files.</summary>
    /// <param name="folder">Where to; made.</param>
    /// <param name="program">The folder of this program, whose libraries it refers to.</param>
    public void Write(string folder, string program)
    {
        if (!File.Exists(Path.Combine(program, "Trading.Core.dll")))
            throw new BacktestException($"{program} has no Trading.Core.dll to refer to: run trading from the folder of its build");
        Directory.CreateDirectory(Path.Combine(folder, "tests"));
        foreach (var (file, text) in new[]
        {
            ($"{Class}.csproj", StrategyTemplates.Library), ($"{Class}.cs", StrategyTemplates.Strategy),
            ($"tests/{Class}.Tests.csproj", StrategyTemplates.Tests), ($"tests/{Class}Tests.cs", StrategyTemplates.Test),
        })
        {
            File.WriteAllText(Path.Combine(folder, file), text.Replace("{program}", program, StringComparison.Ordinal)
                .Replace("{class}", Class, StringComparison.Ordinal).Replace("{name}", Name, StringComparison.Ordinal) + "\n");
        }
    }
}
