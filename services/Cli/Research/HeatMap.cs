using System.Net;
using System.Text;
using Trading.Research.Search;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>Two parameters of a search as rows and columns, and how good each pair was as the colour of its cell.</summary>
internal static class HeatMap
{
    private const int MostCells = 60;

    /// <summary>Appends the map of the first two parameters with several values; of the others the best counts.</summary>
    public static void Append(StringBuilder html, ParameterSpace space, Objective objective, IReadOnlyCollection<Trial> trials)
    {
        var several = space.Parameters.Index().Where(parameter => parameter.Item.Values.Count is > 1 and <= MostCells)
            .Select(parameter => parameter.Index).ToList();
        if (several is not [var row, var column, ..])
            return;
        var scores = trials.Where(trial => double.IsFinite(trial.Scores[0]))
            .GroupBy(trial => (trial.Values[row], trial.Values[column]))
            .ToDictionary(group => group.Key, group => group.Max(one => one.Scores[0]));
        if (scores.Count == 0)
            return;
        var (least, most) = (scores.Values.Min(), scores.Values.Max());
        html.Append(Text($"<section><h2>{Encode(objective.Name)} by {Encode(space.Parameters[row].Name)} (down) and "))
            .Append(Text($"{Encode(space.Parameters[column].Name)} (across)</h2><div class=scroll><table class=heat><tr><th></th>"));
        foreach (var across in space.Parameters[column].Values)
            html.Append(Text($"<th>{across}</th>"));
        html.Append("</tr>");
        foreach (var down in space.Parameters[row].Values)
        {
            html.Append(Text($"<tr><th>{down}</th>"));
            foreach (var across in space.Parameters[column].Values)
            {
                if (!scores.TryGetValue((down, across), out var score))
                {
                    html.Append("<td></td>");
                    continue;
                }
                var share = most > least ? (score - least) / (most - least) : 1;
                html.Append(Text($"<td style=\"background:rgba(31,95,191,{0.05 + 0.6 * share:0.00})\">"))
                    .Append(Number(objective.Figure(score))).Append("</td>");
            }
            html.Append("</tr>");
        }
        html.Append("</table></div><p class=note>The stronger the colour, the better")
            .Append(several.Count > 2 ? "; of the other parameters the best value counts" : "")
            .Append(". A plateau can be trusted more than a needle.</p></section>");
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
