using Trading.Contracts;

namespace Trading.Core;

/// <summary>How often each model abstained, over its last predictions. One for want of prices is none of them: see <see cref="WarmingUp"/>.</summary>
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

    /// <summary>Each model's share of predictions without an answer, 0 to 1, and over how many it is taken.</summary>
    public IReadOnlyDictionary<string, (double Share, int Predictions)> Rates =>
        _models.ToDictionary(model => model.Key, model => (model.Value.Count(abstained => abstained) / (double)model.Value.Count, model.Value.Count));
}
