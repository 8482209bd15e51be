namespace Trading.Core;

/// <summary>A decision tree as it is kept in a file: one entry of each list for each node, the first being the root.</summary>
/// <param name="Feature">The feature that a node asks about; -1 for a leaf.</param>
/// <param name="Threshold">Up to here the left branch is taken, above it the right one.</param>
/// <param name="Left">The node on the left; behind the node itself.</param>
/// <param name="Right">The node on the right; behind the node itself.</param>
/// <param name="Value">What a leaf adds to the score.</param>
public sealed record BoostedTree(
    IReadOnlyList<int> Feature, IReadOnlyList<double> Threshold, IReadOnlyList<int> Left, IReadOnlyList<int> Right,
    IReadOnlyList<double> Value)
{
    /// <summary>Whether every path through it ends in a leaf, and every feature is one of so many.</summary>
    public bool IsSound(int features)
    {
        var nodes = Feature?.Count ?? 0;
        if (nodes == 0 || Threshold?.Count != nodes || Left?.Count != nodes || Right?.Count != nodes || Value?.Count != nodes)
            return false;
        for (var node = 0; node < nodes; node++)
        {
            var inner = Feature![node] >= 0;
            if (Feature[node] >= features || !double.IsFinite(Threshold[node]) || !double.IsFinite(Value[node])
                || (inner && (Left[node] <= node || Left[node] >= nodes || Right[node] <= node || Right[node] >= nodes)))
                return false;
        }
        return true;
    }

    /// <summary>What it adds to the score of some features.</summary>
    public double Of(ReadOnlySpan<double> features)
    {
        var node = 0;
        while (Feature[node] >= 0)
            node = features[Feature[node]] <= Threshold[node] ? Left[node] : Right[node];
        return Value[node];
    }
}
