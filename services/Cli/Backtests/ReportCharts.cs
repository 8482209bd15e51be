using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Dashboard;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>
/// The charts that can be zoomed and moved: price with every trade, equity and drawdown over one time, and how far trades went for and
/// against the position. Drawn by Apache ECharts, which is in the file; paper and readers without scripts get the still ones.
/// </summary>
internal static class ReportCharts
{
    /// <summary>The places of the charts, and what they show.</summary>
    public static void Add(StringBuilder html, BacktestResult result)
    {
        var curve = result.Curve.Concat(result.Deepest).OrderBy(point => point.AtUnixSeconds).Distinct().ToList();
        if (curve.Count < 2)
            return;
        html.Append("<section class=live><h2>Price, trades, equity and drawdown</h2><p class=note><button id=log>log scale</button>")
            .Append("<button id=all>all of it</button>wheel or fingers zoom, dragging moves; many trades are shown as one until you come ")
            .Append("nearer</p><div id=market class=wide></div></section>");
        if (result.Trades.Count > 1)
            html.Append("<section class=live><h2>How far trades went</h2><p class=note>worst and best price of each closed trade ")
                .Append("while it was held, in percent from its entry (MAE and MFE)</p><div id=reach class=low></div></section>");
        html.Append("<script type=\"application/json\" id=data>").Append(JsonSerializer.Serialize(
            new
            {
                t = curve.Select(point => point.AtUnixSeconds),
                price = curve.Select(point => Short(point.Price)),
                equity = curve.Select(point => Short(point.EquityUsd)),
                held = curve.Select(point => Short(result.First.Price > 0 ? result.Rules.CashUsd * point.Price / result.First.Price : 0)),
                // entered, left, entry, exit, profit, return %, why, MAE %, MFE %
                trades = result.Trades.Select(trade => new object[]
                {
                    trade.EnteredAtUnixSeconds, trade.ExitedAtUnixSeconds, Short(trade.EntryPrice), Short(trade.ExitPrice),
                    Short(trade.ProfitUsd), Short((decimal)trade.Return * 100), trade.Exit?.ToString() ?? "signal",
                    Short((decimal)trade.Adverse * 100), Short((decimal)trade.Favourable * 100),
                }),
            })).Append("</script>");
    }

    /// <summary>The library and what draws with it.</summary>
    public static string Script() => $"<script>{Resource(typeof(DashboardProgram), "web/echarts.js")}</script>"
        + $"<script>{Resource(typeof(ReportCharts), "report.js")}</script>";

    /// <summary>A file inside of an assembly, without text that would end the script in which it stands.</summary>
    internal static string Resource(Type of, string name)
    {
        using var stream = of.Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{of.Assembly.GetName().Name} has no {name}.");
        using var text = new StreamReader(stream);
        return text.ReadToEnd().Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
    }

    // Seven digits are more than a screen shows.
    private static double Short(decimal value) =>
        double.Parse(((double)value).ToString("G7", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
