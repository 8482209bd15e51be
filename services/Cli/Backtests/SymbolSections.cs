using System.Net;
using System.Text;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>The part of a report on several symbols: each by itself, and how far they go together.</summary>
internal static class SymbolSections
{
    private static readonly string[] Lines = ["a", "b", "c"];

    /// <summary>Adds tables and charts of the symbols.</summary>
    public static void Add(StringBuilder html, BacktestDone done)
    {
        html.Append("<section><h2>Symbols</h2><div class=scroll><table class=list><tr>");
        foreach (var column in SymbolFigures.Columns)
            html.Append("<th>").Append(column).Append("</th>");
        html.Append("</tr>");
        foreach (var row in SymbolFigures.Rows(done))
        {
            html.Append("<tr><th>").Append(WebUtility.HtmlEncode(row[0])).Append("</th>");
            foreach (var cell in row.Skip(1))
                html.Append("<td>").Append(cell).Append("</td>");
            html.Append("</tr>");
        }
        html.Append("</table></div><p class=note>Each as if only its orders had been on the account, with all of its cash. ")
            .Append("Holding, in the charts and figures above, is all symbols in equal parts.</p></section>");
        Together(html, done);
        Results(html, done);
        foreach (var part in done.Symbols)
            BacktestReport.PriceChart(html, part.Result, part.Result.Rules.Symbol);
    }

    private static void Together(StringBuilder html, BacktestDone done)
    {
        html.Append("<section><h2>Correlations</h2><div class=scroll><table class=list><tr><th>daily returns of</th><th>prices</th>")
            .Append("<th>results</th></tr>");
        foreach (var pair in SymbolFigures.Correlations(done) ?? [])
            html.Append("<tr><th>").Append(WebUtility.HtmlEncode($"{pair.Left} and {pair.Right}")).Append("</th>")
                .Append($"<td>{Number(pair.Prices)}</td><td>{Number(pair.Results)}</td></tr>");
        html.Append("</table></div></section>");
    }

    // Days on which a symbol has no bar keep its result of the day before.
    private static void Results(StringBuilder html, BacktestDone done)
    {
        var times = done.Result.Days.Select(day => day.AtUnixSeconds).ToList();
        html.Append(SvgChart.Lines("What each symbol made", "USD", [.. times.Select(time => (double)time)],
            [.. done.Symbols.Select((part, at) =>
            {
                var (made, place, days) = (new List<double>(times.Count), 0, part.Result.Days);
                foreach (var time in times)
                {
                    while (place < days.Count && days[place].AtUnixSeconds <= time)
                        place++;
                    made.Add(place == 0 ? 0 : (double)(days[place - 1].EquityUsd - part.Result.Rules.CashUsd));
                }
                return new ChartLine(part.Result.Rules.Symbol, Lines[at % Lines.Length], made);
            })]));
    }
}
