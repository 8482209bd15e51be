using System.Text;

namespace Trading.Core;

/// <summary>Collects what is wrong with limits, one line for each value out of its range.</summary>
internal sealed class LimitViolations
{
    // Far beyond any order, and far from where numbers overflow.
    internal const decimal LargestNumber = 1_000_000_000;
    internal const decimal LargestStep = 1_000_000;
    internal const decimal SmallestStep = 0.000000000001m;

    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Notes a violation unless a condition holds.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="violation">What is wrong; several parts make one line.</param>
    public void Require(bool holds, params FormattableString[] violation)
    {
        if (holds)
            return;
        var line = new StringBuilder();
        foreach (var part in violation)
            line.Append(FormattableString.Invariant(part));
        _lines.Add(line.ToString());
    }
}
