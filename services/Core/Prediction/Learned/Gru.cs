namespace Trading.Core;

/// <summary>
/// A gated recurrent unit (Cho et al. 2014) with one output. Where the usual one has the logistic function and tanh, this has x / (1 + |x|)
/// in their place: it bends the same way, and needs nothing whose last digit differs from machine to machine. Sums are taken in a fixed
/// order.
/// </summary>
/// <param name="inputs">Inputs of a step.</param>
/// <param name="hidden">Size of the state.</param>
public sealed class Gru(int inputs, int hidden)
{
    /// <summary>Inputs of a step.</summary>
    public int Inputs => inputs;

    /// <summary>Size of the state.</summary>
    public int Hidden => hidden;

    /// <summary>
    /// Number of weights: for each of update gate, reset gate and candidate a row of inputs, state and bias for each unit; then the
    /// output's row and bias.
    /// </summary>
    public int Weights => 3 * hidden * Row + hidden + 1;

    private int Row => inputs + hidden + 1;

    private int OutputAt => 3 * hidden * Row;

    /// <summary>Bends a number to -1..1.</summary>
    public static double Bend(double x) => x / (1 + Math.Abs(x));

    /// <summary>One step: the state after an input.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="input">The input.</param>
    /// <param name="state">The state, which is changed.</param>
    /// <param name="work">
    /// Room for 4 x hidden numbers; afterwards update gate, reset gate, candidate, and the state times the reset gate.
    /// </param>
    public void Step(ReadOnlySpan<double> weights, ReadOnlySpan<double> input, Span<double> state, Span<double> work)
    {
        Span<double> update = Part(work, 0), reset = Part(work, 1), candidate = Part(work, 2), kept = Part(work, 3);
        for (var unit = 0; unit < hidden; unit++)
        {
            update[unit] = 0.5 + 0.5 * Bend(Sum(weights, unit, input, state));
            reset[unit] = 0.5 + 0.5 * Bend(Sum(weights, hidden + unit, input, state));
        }
        for (var unit = 0; unit < hidden; unit++)
            kept[unit] = reset[unit] * state[unit];
        for (var unit = 0; unit < hidden; unit++)
            candidate[unit] = Bend(Sum(weights, 2 * hidden + unit, input, kept));
        for (var unit = 0; unit < hidden; unit++)
            state[unit] += update[unit] * (candidate[unit] - state[unit]);
    }

    /// <summary>The output at a state: a number without bounds.</summary>
    public double Output(ReadOnlySpan<double> weights, ReadOnlySpan<double> state)
    {
        var sum = weights[OutputAt + hidden];
        for (var unit = 0; unit < hidden; unit++)
            sum += weights[OutputAt + unit] * state[unit];
        return sum;
    }

    /// <summary>Adds to the gradient what an output's change means, and to the gradient of the state it came from.</summary>
    public void BackOutput(ReadOnlySpan<double> weights, ReadOnlySpan<double> state, double change,
        Span<double> gradient, Span<double> stateChange)
    {
        gradient[OutputAt + hidden] += change;
        for (var unit = 0; unit < hidden; unit++)
        {
            gradient[OutputAt + unit] += change * state[unit];
            stateChange[unit] += change * weights[OutputAt + unit];
        }
    }

    /// <summary>
    /// One step backwards: turns the gradient of the state after a step into that of the state before it, and adds to that of the weights.
    /// </summary>
    /// <param name="weights">The weights.</param>
    /// <param name="input">The step's input.</param>
    /// <param name="before">The state before it.</param>
    /// <param name="work">What <see cref="Step"/> left.</param>
    /// <param name="gradient">Gradient of the weights, added to.</param>
    /// <param name="change">Gradient of the state after the step; afterwards of that before it.</param>
    /// <param name="room">Room for 4 x hidden numbers.</param>
    public void BackStep(
        ReadOnlySpan<double> weights, ReadOnlySpan<double> input, ReadOnlySpan<double> before, Span<double> work, Span<double> gradient,
        Span<double> change, Span<double> room)
    {
        Span<double> update = Part(work, 0), reset = Part(work, 1), candidate = Part(work, 2), kept = Part(work, 3);
        Span<double> earlier = Part(room, 0), ofKept = Part(room, 1), ofUpdate = Part(room, 2), ofReset = Part(room, 3);
        ofKept.Clear();
        for (var unit = 0; unit < hidden; unit++)
        {
            earlier[unit] = change[unit] * (1 - update[unit]);
            var bent = 1 - Math.Abs(candidate[unit]);
            Spread(weights, 2 * hidden + unit, input, kept, change[unit] * update[unit] * bent * bent, gradient, ofKept);
        }
        for (var unit = 0; unit < hidden; unit++)
        {
            ofUpdate[unit] = change[unit] * (candidate[unit] - before[unit]) * GateSlope(update[unit]);
            ofReset[unit] = ofKept[unit] * before[unit] * GateSlope(reset[unit]);
            earlier[unit] += ofKept[unit] * reset[unit];
        }
        for (var unit = 0; unit < hidden; unit++)
        {
            Spread(weights, unit, input, before, ofUpdate[unit], gradient, earlier);
            Spread(weights, hidden + unit, input, before, ofReset[unit], gradient, earlier);
        }
        earlier.CopyTo(change);
    }

    // The slope of 0.5 + 0.5 Bend(x), from its value.
    private static double GateSlope(double gate) => 0.5 * (1 - Math.Abs(2 * gate - 1)) * (1 - Math.Abs(2 * gate - 1));

    private double Sum(ReadOnlySpan<double> weights, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> state)
    {
        var of = weights.Slice(row * Row, Row);
        var sum = of[^1];
        for (var i = 0; i < input.Length; i++)
            sum += of[i] * input[i];
        of = of[inputs..];
        for (var i = 0; i < state.Length; i++)
            sum += of[i] * state[i];
        return sum;
    }

    private void Spread(
        ReadOnlySpan<double> weights, int row, ReadOnlySpan<double> input, ReadOnlySpan<double> state, double change,
        Span<double> gradient, Span<double> stateChange)
    {
        var of = weights.Slice(row * Row, Row);
        var to = gradient.Slice(row * Row, Row);
        to[^1] += change;
        for (var i = 0; i < input.Length; i++)
            to[i] += change * input[i];
        of = of[inputs..];
        to = to[inputs..];
        for (var i = 0; i < state.Length; i++)
        {
            to[i] += change * state[i];
            stateChange[i] += change * of[i];
        }
    }

    private Span<double> Part(Span<double> all, int part) => all.Slice(part * hidden, hidden);
}
