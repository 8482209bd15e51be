using System.Globalization;
using System.Text.RegularExpressions;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// A model that abstains because there are not enough prices yet. That is not a failure: it ends once enough prices have come.
/// </summary>
public static partial class WarmingUp
{
    /// <summary>The reason, in the words of every model.</summary>
    /// <param name="needs">Prices that the model needs.</param>
    /// <param name="has">Prices that it was shown.</param>
    /// <param name="which">What the prices must be, for example consecutive; empty for any.</param>
    public static string Reason(int needs, int has, string which = "") =>
        string.Create(CultureInfo.InvariantCulture, $"needs {needs} prices{(which.Length > 0 ? $" {which}" : "")}, has {has}");

    /// <summary>
    /// How many prices a model still needs; 0 when it answered, or abstained for another reason. Where the reason does not name the prices
    /// it has, those of the window count.
    /// </summary>
    public static int MissingPrices(PredictionMade prediction, ModelOutput output)
    {
        if (output.Abstained is not { } reason || Said().Match(reason) is not { Success: true } said)
            return 0;
        var needs = int.Parse(said.Groups["needs"].ValueSpan, CultureInfo.InvariantCulture);
        var has = said.Groups["has"] is { Success: true, ValueSpan: var count }
            ? int.Parse(count, CultureInfo.InvariantCulture) : prediction.Window.Count;
        return Math.Max(0, needs - has);
    }

    [GeneratedRegex("^(it abstains: )?needs (?<needs>[0-9]{1,6}) prices( [a-z ]+)?(, has (?<has>[0-9]{1,6}))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Said();
}

/// <summary>
/// How often each model abstained, over its last predictions. Abstaining for lack of prices does not count: see <see cref="WarmingUp"/>.
/// </summary>
/// <param name="last">Over how many; at least 1.</param>
public sealed class AbstainRates(int last)
{
    private readonly Dictionary<string, Queue<bool>> _models = [];

    /// <summary>Takes a prediction.</summary>
    public void Add(PredictionMade prediction)
    {
        foreach (var output in prediction.Models.Where(output => WarmingUp.MissingPrices(prediction, output) == 0))
        {
            if (!_models.TryGetValue(output.Model, out var abstained))
                _models.Add(output.Model, abstained = new());
            abstained.Enqueue(output.Abstained is not null);
            if (abstained.Count > last)
                abstained.Dequeue();
        }
    }

    /// <summary>Each model's share of predictions without an answer, 0 to 1, and their number.</summary>
    public IReadOnlyDictionary<string, (double Share, int Predictions)> Rates =>
        _models.ToDictionary(model => model.Key,
            model => (model.Value.Count(abstained => abstained) / (double)model.Value.Count, model.Value.Count));
}
