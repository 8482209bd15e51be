namespace Trading.Core.Tests;

/// <summary>How source files are named, and how long they may be.</summary>
public class SourceFileTests
{
    private const int MostColumns = 140;
    private const int MostLines = 300;
    private const int LinesOfMost = 150;

    /// <summary>Files of several small types that are read together, named after what these have in common.</summary>
    private static readonly string[] Families =
    [
        "services/Core/Account/AccountCommands.cs", "services/Core/Account/AccountEvents.cs",
        "services/Core/Account/ExternalCommands.cs", "services/Core/Account/ExternalEvents.cs", "services/Core/Trades/TradeEvents.cs",
        "services/Core/Audit/ProgramEvents.cs", "services/Core/Prediction/Abstaining.cs", "services/Core/Prices/Indicators/Averages.cs",
        "services/Core/Prices/Indicators/Oscillators.cs", "services/Core/Prices/Indicators/Ranges.cs",
        "services/Core/Prices/Indicators/Volumes.cs", "services/Executor/Exchanges/ExchangeKey.cs",
        "services/Hosting/Stores/RawAnswerSinks.cs", "services/MarketData/CandleSources.cs", "services/Predictor/Models/SeriesFormats.cs",
    ];

    [Fact]
    public void the_sources_are_found() => Assert.Superset(
        new HashSet<string> { "contracts", "services/Core", "tests/Core.Tests" }, Source.All.Select(source => source.Project).ToHashSet());

    [Fact]
    public void a_file_is_named_after_one_of_its_types() => Violations.None(
        from source in Source.OfProduct
        where source.Name != "Program" && source.Types.Any() && !Families.Contains(source.Path)
            && !source.Types.Any(type => type.Type == source.Name || type.Type == $"I{source.Name}"
                || (type.Partial && IsPartOf(source.Name, type.Type)))
        select $"{source.Path} declares no type of that name, but {string.Join(", ", source.Types.Select(type => type.Type).Distinct())}");

    // PortfolioEvents is a part of Portfolio, RiskSettings one of TradingSettings.
    private static bool IsPartOf(string file, string type) =>
        file.StartsWith(type, StringComparison.Ordinal)
        || file.EndsWith(type[type.LastIndexOfAny([.. type.Where(char.IsAsciiLetterUpper)])..], StringComparison.Ordinal);

    [Fact]
    public void no_line_is_longer_than_140() => Violations.None(
        from project in Source.All.GroupBy(source => source.Project)
        let lines = project.SelectMany(source => source.Lines.Select((text, at) => (source.Path, Number: at + 1, text.Length)))
            .Where(line => line.Length > MostColumns).ToList()
        where lines.Count > 0
        select $"{project.Key} has {lines.Count} lines of more than {MostColumns} columns: "
            + string.Join(", ", lines.Select(line => $"{line.Path}:{line.Number}")));

    [Fact]
    public void no_file_is_longer_than_300_lines() => Violations.None(
        from source in Source.OfProduct
        where source.Lines.Length > MostLines
        select $"{source.Path} has {source.Lines.Length} lines, {MostLines} are allowed");

    [Fact]
    public void nine_of_ten_files_have_at_most_150_lines()
    {
        var files = Source.OfProduct.OrderByDescending(source => source.Lines.Length).ToList();
        var longer = files.Where(source => source.Lines.Length > LinesOfMost).ToList();
        Assert.True(longer.Count <= files.Count / 10, $"{longer.Count} of {files.Count} files have more than {LinesOfMost} lines: "
            + string.Join(", ", longer.AsEnumerable().Reverse().Take(20).Select(source => $"{source.Path} {source.Lines.Length}")));
    }
}
