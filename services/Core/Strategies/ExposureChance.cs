using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>
/// Trend and model together (docs/decisions.md): a share of equity to hold, less where a model expects a fall of more than buying and
/// selling costs. A model takes exposure away and never adds any.
/// </summary>
public static class ExposureChance
{
    /// <summary>The chance of a rise that an answer stands for, 0 to 1.</summary>
    public static double Of(Direction direction, double confidence) =>
        direction switch { Direction.Up => confidence, Direction.Down => 1 - confidence, _ => 0.5 };

    /// <summary>What the share is multiplied with: twice the chance of a rise, at most 1, behind the gate of the costs.</summary>
    /// <param name="chanceUp">The chance of a rise, 0 to 1.</param>
    /// <param name="move">The expected move, as a share.</param>
    /// <param name="roundTrip">What buying and selling again costs, as a share.</param>
    public static double Factor(double chanceUp, double move, double roundTrip) =>
        move < -roundTrip ? Math.Clamp(2 * chanceUp, 0, 1) : 1;
}
