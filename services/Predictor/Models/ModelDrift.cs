using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Telemetry;

namespace Trading.Services.Models;

/// <summary>
/// How far what a model sees and says has moved away from its training: the population stability index of each feature and of its chance of
/// a rise over the last questions. The hour and the day of the week go round and are left out. A file without what was seen in training
/// measures nothing.
/// </summary>
/// <param name="model">Name of the model.</param>
/// <param name="names">Names of its features; null for one that goes round.</param>
/// <param name="metrics">Where the figures go.</param>
internal sealed class ModelDrift(string model, IReadOnlyList<string?> names, TradingMetrics metrics)
{
    /// <summary>Questions that are looked at together.</summary>
    public const int Questions = 1000;

    /// <summary>Fewer say nothing.</summary>
    public const int Least = 200;

    private readonly ConcurrentDictionary<string, Window> _windows = new();

    /// <summary>Takes the features of a question and the model's answer to it.</summary>
    /// <param name="symbol">Symbol of the question.</param>
    /// <param name="seen">What was seen in training; null where the file does not know.</param>
    /// <param name="features">The features.</param>
    /// <param name="answer">The answer.</param>
    public void Add(string symbol, SeenInTraining? seen, ReadOnlySpan<double> features, ModelOutput answer)
    {
        if (seen is null || answer is not { Direction: { } direction, Confidence: { } confidence })
            return;
        var window = _windows.AddOrUpdate(symbol, _ => new(seen), (_, known) => known.Seen == seen ? known : new(seen));
        var bins = new byte[features.Length + 1];
        for (var feature = 0; feature < features.Length; feature++)
            bins[feature] = (byte)seen.Features[feature].BinOf(features[feature]);
        bins[^1] = (byte)(seen.Chances?.BinOf(ExposureChance.Of(direction, confidence)) ?? 0);
        if (window.Add(bins) is not { } indices)
            return;
        for (var feature = 0; feature < features.Length; feature++)
        {
            if (names[feature] is { } name)
                metrics.Drifted(model, symbol, name, indices[feature]);
        }
        if (seen.Chances is not null)
            metrics.Drifted(model, symbol, null, indices[^1]);
    }

    private sealed class Window(SeenInTraining seen)
    {
        private readonly Lock _gate = new();
        private readonly Queue<byte[]> _newest = new();
        private readonly int[][] _counts =
            [.. seen.Features.Append(seen.Chances ?? new([], [1])).Select(bins => new int[bins.Shares.Count])];

        public SeenInTraining Seen => seen;

        // The indices of all features and, last, of the chance; null while too few are known.
        public double[]? Add(byte[] bins)
        {
            lock (_gate)
            {
                Count(bins, 1);
                _newest.Enqueue(bins);
                if (_newest.Count > Questions)
                    Count(_newest.Dequeue(), -1);
                return _newest.Count < Least ? null
                    : [.. _counts.Select((counts, at) => (at < seen.Features.Count ? seen.Features[at] : seen.Chances)?
                        .StabilityIndex(counts) ?? 0)];
            }
        }

        private void Count(byte[] bins, int by)
        {
            for (var at = 0; at < bins.Length; at++)
                _counts[at][bins[at]] += by;
        }
    }
}
