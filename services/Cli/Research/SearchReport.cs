using System.Net;
using System.Text;
using Trading.Cli.Backtests;
using Trading.Research.Search;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>Searches as one HTML file that needs nothing else.</summary>
public static class SearchReport
{
    private const int MostRows = 2000;

    /// <summary>All trials of an optimization: a map of two parameters, a table that sorts, and how stable the best are.</summary>
    /// <param name="command">The command that makes the same again.</param>
    /// <param name="space">The settings.</param>
    /// <param name="objectives">What was looked for; the first gives the colours.</param>
    /// <param name="trials">All trials.</param>
    /// <param name="best">The best, with what their neighbours did.</param>
    /// <param name="verdict">What is to be said of the best, one line each.</param>
    public static string Optimize(string command, ParameterSpace space, IReadOnlyList<Objective> objectives,
        IReadOnlyCollection<Trial> trials, IReadOnlyList<(Trial Trial, Stability Near)> best, IReadOnlyList<string> verdict)
    {
        var html = Begin("Optimization", Text($"{trials.Count:N0} of {space.Size:N0} settings"), verdict);
        var names = space.Parameters.Select(parameter => parameter.Name).ToList();
        HeatMap.Append(html, space, objectives[0], trials);
        Table(html, "The best", [.. names, .. objectives.Select(objective => objective.Name), "return", "max drawdown", "trades",
            "neighbours", "worst neighbour", "kept"], best.Select(one => (IReadOnlyList<string>)
            [.. Cells(one.Trial, objectives), Number(objectives[0].Figure(one.Near.Mean)), Number(objectives[0].Figure(one.Near.Worst)),
                double.IsNaN(one.Near.Kept) ? "–" : Text($"{one.Near.Kept * 100:0} %")]));
        var allowed = trials.Where(trial => trial.Refused is null)
            .OrderByDescending(trial => double.IsNaN(trial.Scores[0]) ? double.NegativeInfinity : trial.Scores[0]).ToList();
        Table(html, allowed.Count > MostRows ? Text($"The best {MostRows:N0} of all settings") : "All settings",
            [.. names, .. objectives.Select(objective => objective.Name), "return", "max drawdown", "trades"],
            allowed.Take(MostRows).Select(trial => Cells(trial, objectives)));
        return End(html, command);
    }

    /// <summary>The parts of a walk forward: what was chosen in each, and what it brought in the part after it.</summary>
    public static string WalkForward(string command, ParameterSpace space, IReadOnlyList<ReportedStep> steps, IReadOnlyList<string> verdict)
    {
        var html = Begin("Walk forward", Text($"{steps.Count:N0} parts"), verdict);
        if (steps.Count > 0)
        {
            var (wealth, held, times, own, other) = (1.0, 1.0, new List<double> { steps[0].From }, new List<double> { 0 },
                new List<double> { 0 });
            foreach (var step in steps)
            {
                (wealth, held) = (wealth * (1 + step.Judged), held * (1 + step.Held));
                times.Add(step.To);
                own.Add((wealth - 1) * 100);
                other.Add((held - 1) * 100);
            }
            html.Append(SvgChart.Lines("Return of the judged parts, one after the other", "%", times,
                [new("chosen settings", "a", own), new("buy and hold", "b", other)]));
        }
        Table(html, "The parts",
            [
                "judged from", "to", .. space.Parameters.Select(parameter => parameter.Name),
                "return where chosen", "return", "held", "trades",
            ],
            steps.Select(step => (IReadOnlyList<string>)
            [
                Minute(step.From), Minute(step.To),
                .. space.Parameters.Select((_, i) => step.Values.Count > 0 ? Text($"{step.Values[i]}") : "–"),
                ShareAsPercent(step.Chosen), ShareAsPercent(step.Judged), ShareAsPercent(step.Held), Text($"{step.Trades:N0}"),
            ]));
        return End(html, command);
    }

    private static IReadOnlyList<string> Cells(Trial trial, IReadOnlyList<Objective> objectives) =>
    [
        .. trial.Values.Select(value => Text($"{value}")),
        .. objectives.Zip(trial.Scores, (objective, score) => Number(objective.Figure(score))),
        ShareAsPercent(trial.TotalReturn), ShareAsPercent(trial.MaxDrawdown), Text($"{trial.Trades:N0}"),
    ];

    private static void Table(StringBuilder html, string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        html.Append(Text($"<section><h2>{Encode(title)}</h2><div class=scroll><table class=\"list sorts\"><thead><tr>"));
        foreach (var column in columns)
            html.Append(Text($"<th tabindex=0>{Encode(column)}</th>"));
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            foreach (var cell in row)
                html.Append(Text($"<td>{Encode(cell)}</td>"));
            html.Append("</tr>");
        }
        html.Append("</tbody></table></div><p class=note>A click on a name sorts by it.</p></section>");
    }

    private static StringBuilder Begin(string title, string subtitle, IReadOnlyList<string> lines)
    {
        var html = new StringBuilder(BacktestReport.Head.Replace("{title}", title, StringComparison.Ordinal));
        html.Append(Text($"<header><h1>{title} <small>{Encode(subtitle)}</small></h1>"));
        foreach (var line in lines)
            html.Append("<p>").Append(Encode(line)).Append("</p>");
        return html.Append("</header>");
    }

    private static string End(StringBuilder html, string command) => html
        .Append("<section><h2>Made from</h2><p class=note>The command:</p><pre>").Append(Encode(command))
        .Append("</pre><p class=note>Past results say little about future ones.</p></section>").Append(BacktestReport.Tips).Append(Sorting)
        .Append("</body></html>").ToString();

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string Sorting = """
        <script>
        for(const table of document.querySelectorAll('.sorts'))for(const head of table.tHead.rows[0].cells){
          const sort=()=>{const up=head.dataset.up!=='1',value=row=>{
              const text=row.cells[head.cellIndex].textContent.replace(/[,%\s]/g,''),number=parseFloat(text);
            return text==='∞'?Infinity:/^[-+\d.]/.test(text)&&!text.includes(':')?number:text};
            for(const other of table.tHead.rows[0].cells)delete other.dataset.up;head.dataset.up=up?'1':'0';
            const rows=[...table.tBodies[0].rows].sort((a,b)=>{const x=value(a),y=value(b);return (x<y?-1:x>y?1:0)*(up?1:-1)});
            table.tBodies[0].append(...rows)};
          head.style.cursor='pointer';head.onclick=sort;head.onkeydown=e=>{if(e.key==='Enter')sort()};
        }
        </script>
        """;
}
