using System.Globalization;
using System.Text.RegularExpressions;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>A model that abstains because there are not enough prices yet. That is no failure: it passes with the prices that come.</summary>
public static partial class WarmingUp
{
    /// <summary>The reason, as every model says it.</summary>
    /// <param name="needs">Prices that the model asks for.</param>
    /// <param name="has">Prices that it was shown.</param>
    /// <param name="which">What is asked of the prices beside their number; nothing when empty.</param>
    public static string Reason(int needs, int has, string which = "") =>
        string.Create(CultureInfo.InvariantCulture, $"needs {needs} prices{(which.Length > 0 ? $" {which}" : "")}, has {has}");

    /// <summary>How many prices a model still asks for; 0 when it answered, or abstained for another reason. One that does not say how many it has is believed as long as the window holds fewer than it needs.</summary>
    public static int MissingPrices(PredictionMade prediction, ModelOutput output)
    {
        if (output.Abstained is not { } reason || Said().Match(reason) is not { Success: true } said)
            return 0;
        var needs = int.Parse(said.Groups["needs"].ValueSpan, CultureInfo.InvariantCulture);
        var has = said.Groups["has"] is { Success: true, ValueSpan: var count } ? int.Parse(count, CultureInfo.InvariantCulture) : prediction.Window.Count;
        return Math.Max(0, needs - has);
    }

    [GeneratedRegex("^(it abstains: )?needs (?<needs>[0-9]{1,6}) prices( [a-z ]+)?(, has (?<has>[0-9]{1,6}))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Said();
}
