using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Grows one tree: at each node the split that takes most of the gradient away, until a depth or too few rows are left.</summary>
/// <param name="bins">The bin of each feature of each row.</param>
/// <param name="features">Features of a row.</param>
/// <param name="thresholds">The thresholds between the bins of each feature.</param>
/// <param name="gradients">What each row has left over.</param>
/// <param name="weights">How much each row weighs.</param>
/// <param name="ridge">How much weight is added to each leaf, which keeps small leaves near 0.</param>
/// <param name="rate">How much of a leaf's value is taken.</param>
internal sealed class TreeGrowth(
    byte[] bins, int features, double[][] thresholds, double[] gradients, double[] weights, double ridge, double rate)
{
    private const int Depth = 3, LeastInLeaf = 100;
    private readonly List<int> _feature = [], _left = [], _right = [];
    private readonly List<double> _threshold = [], _value = [];

    /// <summary>The tree of some rows.</summary>
    public BoostedTree Grow(int[] rows)
    {
        Node(rows, Depth);
        return new([.. _feature], [.. _threshold], [.. _left], [.. _right], [.. _value]);
    }

    private int Node(int[] rows, int depth)
    {
        var node = _feature.Count;
        var (gradient, weight) = (0.0, 0.0);
        foreach (var row in rows)
            (gradient, weight) = (gradient + gradients[row], weight + weights[row]);
        _feature.Add(-1);
        _threshold.Add(0);
        _left.Add(0);
        _right.Add(0);
        _value.Add(rate * gradient / (weight + ridge));
        var (feature, bin) = depth == 0 || rows.Length < 2 * LeastInLeaf ? (-1, 0) : Best(rows, gradient, weight);
        if (feature < 0)
            return node;
        (_feature[node], _threshold[node]) = (feature, thresholds[feature][bin]);
        _left[node] = Node([.. rows.Where(row => bins[row * features + feature] <= bin)], depth - 1);
        _right[node] = Node([.. rows.Where(row => bins[row * features + feature] > bin)], depth - 1);
        return node;
    }

    private (int Feature, int Bin) Best(int[] rows, double gradient, double weight)
    {
        var (best, found) = (gradient * gradient / (weight + ridge) + 1e-9, (Feature: -1, Bin: 0));
        Span<double> ofGradient = stackalloc double[256], ofWeight = stackalloc double[256];
        Span<int> count = stackalloc int[256];
        for (var feature = 0; feature < features; feature++)
        {
            ofGradient.Clear();
            ofWeight.Clear();
            count.Clear();
            foreach (var row in rows)
            {
                var bin = bins[row * features + feature];
                ofGradient[bin] += gradients[row];
                ofWeight[bin] += weights[row];
                count[bin]++;
            }
            var (left, leftWeight, leftRows) = (0.0, 0.0, 0);
            for (var bin = 0; bin < thresholds[feature].Length; bin++)
            {
                (left, leftWeight, leftRows) = (left + ofGradient[bin], leftWeight + ofWeight[bin], leftRows + count[bin]);
                if (leftRows < LeastInLeaf || rows.Length - leftRows < LeastInLeaf)
                    continue;
                var gain = left * left / (leftWeight + ridge)
                    + (gradient - left) * (gradient - left) / (weight - leftWeight + ridge);
                if (gain > best)
                    (best, found) = (gain, (feature, bin));
            }
        }
        return found;
    }
}
