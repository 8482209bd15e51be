using Trading.Core;
using Trading.Research.Statistics;

namespace Trading.Research.Training;

/// <summary>
/// Trains a model on samples. Sequences are twice as long as the warm-up, as in live use; the answers of the second half are compared with
/// the outcomes (log loss of the direction), the error is propagated back through all steps, and the weights are moved by Adam (Kingma and
/// Ba 2015).
/// </summary>
public sealed class GruTraining
{
    /// <summary>Sequences whose gradients are taken together.</summary>
    public const int Batch = 16;

    private const int Length = 2 * LearnedState.Warmup;
    private const double Decay1 = 0.9, Decay2 = 0.999, LargestGradient = 1, WeightDecay = 1e-4;

    private readonly LearnedSamples _samples;
    private readonly double _rate;
    private readonly SeededRandom _random;
    private readonly List<int> _starts = [];
    private readonly double[] _gradient, _mean, _square, _states, _work, _change, _room;
    private long _step;

    /// <summary>Prepares training on the samples before an index.</summary>
    public GruTraining(LearnedSamples samples, int end, int hidden, double learningRate, int seed)
    {
        (_samples, _rate, _random) = (samples, learningRate, new SeededRandom((ulong)seed));
        Gru = new(PriceFeatures.Count, hidden);
        Weights = new double[Gru.Weights];
        (_gradient, _mean, _square) = (new double[Weights.Length], new double[Weights.Length], new double[Weights.Length]);
        (_states, _work) = (new double[(Length + 1) * hidden], new double[Length * 4 * hidden]);
        (_change, _room) = (new double[hidden], new double[4 * hidden]);
        var scale = 1 / Math.Sqrt(PriceFeatures.Count + hidden);
        for (var i = 0; i < Weights.Length; i++)
            Weights[i] = (2 * _random.NextShare() - 1) * scale;
        // No sequence begins before there are features, crosses a pause, or has its last outcome beyond the end.
        for (var start = 0; start + Length <= end; start += LearnedState.Warmup)
        {
            var last = start + Length - 1;
            var seconds = samples.Prices[last].UnixSeconds - samples.Prices[start].UnixSeconds;
            if (samples.Ready[start] && seconds <= 2L * Length * samples.IntervalSeconds)
                _starts.Add(start);
        }
        End = end;
    }

    /// <summary>The network.</summary>
    public Gru Gru { get; }

    /// <summary>Its weights as they are now.</summary>
    public double[] Weights { get; }

    /// <summary>Index of the first price that is not trained on, neither as input nor as outcome.</summary>
    public int End { get; }

    /// <summary>Batches of one pass over the data.</summary>
    public int Batches => (_starts.Count + Batch - 1) / Batch;

    /// <summary>Puts the batches in a new order; call it before each pass.</summary>
    public void Shuffle()
    {
        for (var i = _starts.Count - 1; i > 0; i--)
        {
            var j = (int)_random.NextIndex(i + 1);
            (_starts[i], _starts[j]) = (_starts[j], _starts[i]);
        }
    }

    /// <summary>Learns from one batch; gives its mean loss.</summary>
    public double Learn(int batch)
    {
        Array.Clear(_gradient);
        var (loss, count) = (0.0, 0);
        foreach (var start in _starts[(batch * Batch)..Math.Min(_starts.Count, (batch + 1) * Batch)])
        {
            var (of, answers) = Gradient(start, _gradient);
            loss += of;
            count += answers;
        }
        if (count > 0)
            Move(count);
        return count == 0 ? 0 : loss / count;
    }

    /// <summary>Adds the gradient of one sequence's loss to a gradient; gives the loss and the number of answers in it.</summary>
    public (double Loss, int Answers) Gradient(int start, Span<double> gradient)
    {
        var hidden = Gru.Hidden;
        var (loss, answers) = (0.0, 0);
        _states.AsSpan(0, hidden).Clear();
        for (var step = 0; step < Length; step++)
        {
            _states.AsSpan(step * hidden, hidden).CopyTo(_states.AsSpan((step + 1) * hidden));
            Gru.Step(Weights, _samples.Features(start + step), _states.AsSpan((step + 1) * hidden, hidden), Work(step));
        }
        Array.Clear(_change);
        for (var step = Length - 1; step >= 0; step--)
        {
            var after = _states.AsSpan((step + 1) * hidden, hidden);
            if (step >= LearnedState.Warmup - 1 && Answer(start + step) is { } rose)
            {
                var output = Gru.Output(Weights, after);
                var rise = 0.5 + 0.5 * Gru.Bend(output);
                loss -= Math.Log(rose ? rise : 1 - rise);
                answers++;
                var slope = 0.5 / ((1 + Math.Abs(output)) * (1 + Math.Abs(output)));
                Gru.BackOutput(Weights, after, rose ? -slope / rise : slope / (1 - rise), gradient, _change);
            }
            Gru.BackStep(Weights, _samples.Features(start + step), _states.AsSpan(step * hidden, hidden),
                Work(step), gradient, _change, _room);
        }
        return (loss, answers);
    }

    private Span<double> Work(int step) => _work.AsSpan(step * 4 * Gru.Hidden, 4 * Gru.Hidden);

    private bool? Answer(int at) =>
        !_samples.Ready[at] || at + _samples.HorizonSteps >= End || double.IsNaN(_samples.Outcomes[at]) || _samples.Outcomes[at] == 0
            ? null : _samples.Outcomes[at] > 0;

    private void Move(int answers)
    {
        double squares = 0;
        for (var i = 0; i < _gradient.Length; i++)
        {
            _gradient[i] /= answers;
            squares += _gradient[i] * _gradient[i];
        }
        var shrink = Math.Min(1, LargestGradient / (Math.Sqrt(squares) + 1e-12));
        _step++;
        var (bias1, bias2) = (1 - Math.Pow(Decay1, _step), 1 - Math.Pow(Decay2, _step));
        for (var i = 0; i < _gradient.Length; i++)
        {
            var gradient = _gradient[i] * shrink;
            _mean[i] = Decay1 * _mean[i] + (1 - Decay1) * gradient;
            _square[i] = Decay2 * _square[i] + (1 - Decay2) * gradient * gradient;
            Weights[i] -= _rate * (_mean[i] / bias1 / (Math.Sqrt(_square[i] / bias2) + 1e-8) + WeightDecay * Weights[i]);
        }
    }
}
