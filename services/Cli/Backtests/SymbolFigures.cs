using Spectre.Console;
using Trading.Research.Backtests;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>Two symbols and how far their daily returns go together.</summary>
/// <param name="Left">One symbol.</param>
/// <param name="Right">The other.</param>
/// <param name="Prices">Correlation of the prices' returns, -1 to 1; not a number where it is not defined.</param>
/// <param name="Results">The same of what their orders made.</param>
public sealed record SymbolPair(string Left, string Right, double Prices, double Results);

/// <summary>What several symbols on one account came to, each and together.</summary>
internal static class SymbolFigures
{
    /// <summary>What a symbol's orders made, after fees.</summary>
    public static decimal ProfitUsd(BacktestDone part) => part.Result.EquityUsd - part.Result.Rules.CashUsd;

    /// <summary>How far the returns of each two symbols go together; null where there is only one.</summary>
    public static IReadOnlyList<SymbolPair>? Correlations(BacktestDone done)
    {
        if (done.Symbols.Count == 0)
            return null;
        var pairs = new List<SymbolPair>();
        for (var left = 0; left < done.Symbols.Count; left++)
        {
            for (var right = left + 1; right < done.Symbols.Count; right++)
            {
                var (one, other) = (done.Symbols[left].Result, done.Symbols[right].Result);
                pairs.Add(new(one.Rules.Symbol, other.Rules.Symbol, Correlation.OfDays(one, other, point => point.Price),
                    Correlation.OfDays(one, other, point => point.EquityUsd)));
            }
        }
        return pairs;
    }

    /// <summary>What there is to say of the data, symbol by symbol.</summary>
    public static IEnumerable<string> Notes(BacktestDone done) => done.Parts.SelectMany(part => part.Notes.Lines()
        .Select(line => done.Symbols.Count > 0 ? $"{part.Result.Rules.Symbol}: {line}" : line));

    /// <summary>Each symbol as a row: name, profit, price, Sharpe ratio, deepest fall, orders, closed trades that won, fees.</summary>
    public static IEnumerable<string[]> Rows(BacktestDone done)
    {
        foreach (var part in done.Symbols)
        {
            var result = part.Result;
            var won = result.Trades.Count == 0 ? "–"
                : $"{ShareAsPercent(new TradeStatistics(result.Trades).WinRate)} of {result.Trades.Count}";
            yield return [result.Rules.Symbol, Text($"{ProfitUsd(part):+#,0.00;-#,0.00;0}"), ShareAsPercent(result.HeldReturn),
                Number(result.Performance(part.Plan.Settings.RiskFreePercent).Sharpe), ShareAsPercent((double)result.MaxDrawdown),
                Text($"{result.Orders:N0}"), won, Text($"{result.FeesUsd:N2}")];
        }
    }

    /// <summary>What the columns of <see cref="Rows"/> are.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["symbol", "made USD", "price", "Sharpe ratio", "max drawdown", "orders", "won", "fees USD"];

    /// <summary>Prints the symbols and their correlations, where there are several.</summary>
    public static void Print(BacktestDone done, IAnsiConsole console)
    {
        if (Correlations(done) is not { } pairs)
            return;
        var table = new Table().Border(TableBorder.Rounded).AddColumns([.. Columns]);
        foreach (var row in Rows(done))
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        console.Write(table);
        var together = new Table().Border(TableBorder.Rounded).AddColumns("correlation of days", "prices", "results");
        foreach (var pair in pairs)
            together.AddRow(new Text($"{pair.Left}, {pair.Right}"), new Text(Number(pair.Prices)), new Text(Number(pair.Results)));
        console.Write(together);
    }
}
