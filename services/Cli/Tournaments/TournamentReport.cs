using System.Net;
using System.Text;
using Trading.Cli.Backtests;
using Trading.Research.Tournaments;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Tournaments;

/// <summary>A tournament as text, HTML and JSON.</summary>
public static class TournamentReport
{
    private const int Bins = 10;

    private static readonly (string Name, Func<TournamentRow, string> Text)[] Columns =
    [
        ("return", row => ShareAsPercent(row.Played.Result.TotalReturn)),
        ("a year", row => ShareAsPercent(row.Played.Figures.AnnualReturn)),
        ("Sharpe", row => Number(row.Played.Figures.Sharpe)),
        ("Sortino", row => Number(row.Played.Figures.Sortino)),
        ("Calmar", row => Number(row.Played.Figures.Calmar)),
        ("deepest fall", row => ShareAsPercent((double)row.Played.Result.MaxDrawdown)),
        ("turnover a year", row => Text($"{row.Played.Turnover:0.0}")),
        ("fees a year", row => ShareAsPercent(row.Played.Fees)),
        ("orders", row => Text($"{row.Played.Result.Orders:N0}")),
        ("Sharpe above holding's", row => ShareAsPercent(row.ChanceAbove)),
        ("deflated", row => ShareAsPercent(row.Deflated)),
        ("bull", row => ShareAsPercent(row.Regimes[0])),
        ("bear", row => ShareAsPercent(row.Regimes[1])),
        ("range", row => ShareAsPercent(row.Regimes[2])),
    ];

    /// <summary>Writes it to the terminal, as Markdown.</summary>
    /// <param name="table">The tournament.</param>
    /// <param name="findings">Whether it says what the rule chooses.</param>
    public static void Print(TournamentTable table, bool findings = true)
    {
        foreach (var stretch in table.Stretches)
        {
            Line($"{Title(stretch)}");
            Console.WriteLine();
            Console.WriteLine($"| | {string.Join(" | ", Columns.Select(column => column.Name))} | cannot be chosen |");
            Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---:|", Columns.Length))}---|");
            foreach (var row in stretch.Rows)
            {
                Console.WriteLine(
                    $"| {Name(table, row)} | {string.Join(" | ", Columns.Select(column => column.Text(row)))} | {row.Excluded} |");
            }
            Console.WriteLine();
        }
        foreach (var line in findings ? Findings(table) : [])
            Console.WriteLine(line);
        if (table.Models.Count == 0)
            return;
        Console.WriteLine();
        Console.WriteLine("| model | trained | predictions | came true | Brier score (no change 0.25) "
            + "| in groups of its chance of a rise: how often it rose |");
        Console.WriteLine("|---|---:|---:|---:|---:|---|");
        foreach (var model in table.Models)
            Console.WriteLine(Text($"| {model.Name} | {model.Walked.Models} times | {model.Walked.Outcomes.Count:N0} | ")
                + Text($"{ShareAsPercent(HitRate(model))} | {Brier(model):0.00000} | ")
                + $"{string.Join(", ", Reliability(model).Select(Bin))} |");
    }

    /// <summary>What it found, a line each.</summary>
    public static IReadOnlyList<string> Findings(TournamentTable table)
    {
        var lines = new List<string>
        {
            table.Chosen is null ? "the rule chooses nothing: no candidate is within its limits"
                : table.Failed is { } failed
                ? $"rules 1 to 3 choose {failed.Name}, which does not beat holding in the years kept apart on Sharpe ratio and deepest "
                    + $"fall; by rule 4 the default is what fell least deeply in the years used to choose: {table.Chosen.Name}"
                : $"chosen by the rule: {table.Chosen.Name}",
        };
        if (table.Chosen is { } chosen)
        {
            foreach (var stretch in table.Stretches.Skip(1))
            {
                var (own, holding) = (stretch.Row(chosen.Name)!, stretch.Row(Contestants.Holding)!);
                var (sharpe, fall) = (own.Played.Figures.Sharpe > holding.Played.Figures.Sharpe,
                    own.Played.Result.MaxDrawdown < holding.Played.Result.MaxDrawdown);
                lines.Add(Text($"in the years {stretch.Stretch.Name} its Sharpe ratio is {(sharpe ? "above" : "NOT above")} holding's ")
                    + Text($"({Number(own.Played.Figures.Sharpe)} and {Number(holding.Played.Figures.Sharpe)}), and its deepest fall ")
                    + Text($"{(fall ? "less" : "NOT less")} ({ShareAsPercent((double)own.Played.Result.MaxDrawdown)} and ")
                    + Text($"{ShareAsPercent((double)holding.Played.Result.MaxDrawdown)})"));
                if (stretch.RandomSharpes.Count > 0)
                    lines.Add(Text($"the same exposure at other times has a higher Sharpe ratio in {stretch.RandomSharpes.Count(
                        one => one > own.Played.Figures.Sharpe)} of {stretch.RandomSharpes.Count} cases"));
            }
        }
        if (table.Shuffled is { } shuffled)
            lines.Add(Text($"on {shuffled.Shuffled.Count} orders of the days at random its Sharpe ratio is above the real one, ")
                + Text($"{Number(shuffled.Sharpe)}, in {ShareAsPercent(shuffled.Above)}"));
        lines.Add(Text($"{table.Tried} candidates and parts were tried; the deflated Sharpe ratio counts them"));
        return lines;
    }

    /// <summary>The whole table for other programs.</summary>
    public static object Json(TournamentTable table) => new
    {
        Chosen = table.Chosen?.Name,
        Failed = table.Failed?.Name,
        table.Tried,
        Stretches = table.Stretches.Select(stretch => new
        {
            stretch.Stretch.Name,
            From = Minute(stretch.Stretch.FromUnixSeconds),
            To = Minute(stretch.Stretch.ToUnixSeconds),
            BullDays = stretch.RegimeDays[0],
            BearDays = stretch.RegimeDays[1],
            RangeDays = stretch.RegimeDays[2],
            Rows = stretch.Rows.Select(row => new
            {
                row.Played.Contestant.Name,
                row.Played.Contestant.What,
                Kind = Lower(row.Played.Contestant.Kind),
                Return = row.Played.Result.TotalReturn,
                AnnualReturn = Known(row.Played.Figures.AnnualReturn),
                Volatility = Known(row.Played.Figures.AnnualVolatility),
                Sharpe = Known(row.Played.Figures.Sharpe),
                Sortino = Known(row.Played.Figures.Sortino),
                Calmar = Known(row.Played.Figures.Calmar),
                row.Played.Result.MaxDrawdown,
                Turnover = Known(row.Played.Turnover),
                Fees = Known(row.Played.Fees),
                row.Played.Result.FeesUsd,
                row.Played.Result.Orders,
                row.Played.Held,
                SharpeAboveHolding = Known(row.ChanceAbove),
                DeflatedSharpe = Known(row.Deflated),
                Bull = Known(row.Regimes[0]),
                Bear = Known(row.Regimes[1]),
                Range = Known(row.Regimes[2]),
                row.Excluded,
            }),
            RandomSharpes = stretch.RandomSharpes.Select(Known),
        }),
        Shuffled = table.Shuffled is { } shuffled
            ? new { Sharpe = Known(shuffled.Sharpe), Above = Known(shuffled.Above), Sharpes = shuffled.Shuffled.Select(Known) } : null,
        Models = table.Models.Select(model => new
        {
            model.Name,
            Trained = model.Walked.Models,
            Predictions = model.Walked.Outcomes.Count,
            HitRate = Known(HitRate(model)),
            Brier = Known(Brier(model)),
            Reliability = Reliability(model).Select(bin => new { bin.Chance, bin.Rose, bin.Count }),
        }),
        Findings = Findings(table),
    };

    /// <summary>One HTML file that needs nothing else.</summary>
    public static string Html(TournamentTable table, string command, IReadOnlyList<(string Path, string Sha256)> files)
    {
        var html = new StringBuilder(BacktestReport.Head.Replace("{title}", "Tournament", StringComparison.Ordinal));
        html.Append("<header><h1>Tournament <small>every strategy and model over the same data and costs</small></h1>");
        foreach (var line in Findings(table))
            html.Append("<p>").Append(WebUtility.HtmlEncode(line)).Append("</p>");
        html.Append("</header>");
        foreach (var stretch in table.Stretches)
        {
            Growth(html, table, stretch);
            html.Append("<section><h2>").Append(WebUtility.HtmlEncode(Title(stretch)))
                .Append("</h2><div class=scroll><table class=list><tr><th></th>");
            foreach (var (name, _) in Columns)
                html.Append("<th>").Append(WebUtility.HtmlEncode(name)).Append("</th>");
            html.Append("<th>cannot be chosen</th></tr>");
            foreach (var row in stretch.Rows)
            {
                html.Append(row.Played.Contestant == table.Chosen ? "<tr class=good>" : "<tr>")
                    .Append("<td style=\"text-align:left\" title=\"").Append(WebUtility.HtmlEncode(row.Played.Contestant.What))
                    .Append("\">")
                    .Append(WebUtility.HtmlEncode(row.Played.Contestant.Name)).Append("</td>");
                foreach (var (_, text) in Columns)
                    html.Append("<td>").Append(WebUtility.HtmlEncode(text(row))).Append("</td>");
                html.Append("<td>").Append(WebUtility.HtmlEncode(row.Excluded ?? "")).Append("</td></tr>");
            }
            html.Append("</table></div></section>");
        }
        foreach (var model in table.Models.Where(model => Reliability(model).Count > 1))
        {
            html.Append("<section><h2>").Append(WebUtility.HtmlEncode($"Is the chance of {model.Name} right?"))
                .Append("</h2><table class=list><tr><th>it said</th><th>it rose</th><th>times</th></tr>");
            foreach (var (chance, rose, count) in Reliability(model))
                html.Append(Text($"<tr><td>{chance * 100:0.00} %</td><td>{rose * 100:0.00} %</td><td>{count:N0}</td></tr>"));
            html.Append("</table></section>");
        }
        BacktestReport.MadeFrom(html, command, files);
        return html.Append(BacktestReport.Caution).Append(BacktestReport.Tail).ToString();
    }

    private static void Growth(StringBuilder html, TournamentTable table, TournamentStretch stretch)
    {
        if (table.Chosen is not { } chosen || stretch.Row(chosen.Name) is not { } own
            || stretch.Row(Contestants.Holding) is not { } holding)
            return;
        var days = own.Played.Result.Days;
        html.Append(SvgChart.Lines($"Equity, {stretch.Stretch.Name}", "USD", [.. days.Select(day => (double)day.AtUnixSeconds)],
            [
                new(chosen.Name, "a", [.. days.Select(day => (double)day.EquityUsd)]),
                new("hold", "b", [.. holding.Played.Result.Days.Take(days.Count).Select(day => (double)day.EquityUsd)]),
            ]));
    }

    private static string Title(TournamentStretch stretch) =>
        Text($"{stretch.Stretch.Name}: {Day(stretch.Stretch.FromUnixSeconds)} to {Day(stretch.Stretch.ToUnixSeconds)}, ")
        + Text($"{stretch.RegimeDays[0]:N0} days of a bull market, {stretch.RegimeDays[1]:N0} of a bear market, ")
        + Text($"{stretch.RegimeDays[2]:N0} of neither");

    private static string Name(TournamentTable table, TournamentRow row) =>
        row.Played.Contestant == table.Chosen ? $"**{row.Played.Contestant.Name}**"
        : row.Played.Contestant.Kind == ContestantKind.Yardstick ? $"*{row.Played.Contestant.Name}*" : row.Played.Contestant.Name;

    private static string Bin((double Chance, double Rose, int Count) bin) => Text($"{bin.Chance * 100:0.0}: {bin.Rose * 100:0.0} %");

    private static double HitRate(WalkedModel model) => model.Walked.Outcomes.Count == 0 ? double.NaN
        : model.Walked.Outcomes.Average(one => one.Rise == 0.5 ? 0.5 : one.Rise > 0.5 == one.Rose ? 1 : 0);

    private static double Brier(WalkedModel model) => model.Walked.Outcomes.Count == 0 ? double.NaN
        : model.Walked.Outcomes.Average(one => Math.Pow(one.Rise - (one.Rose ? 1 : 0), 2));

    // Groups of the same size, by the predicted chance.
    private static List<(double Chance, double Rose, int Count)> Reliability(WalkedModel model) =>
        [.. model.Walked.Outcomes.Where(one => one.Rise != 0.5).OrderBy(one => one.Rise).ThenBy(one => one.At)
            .Chunk(Math.Max(20, model.Walked.Outcomes.Count / Bins + 1))
            .Select(group => (group.Average(one => one.Rise), group.Average(one => one.Rose ? 1.0 : 0), group.Length))];
}
