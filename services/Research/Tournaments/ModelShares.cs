using Trading.Core.Strategies;

namespace Trading.Research.Tournaments;

/// <summary>What a model said at a price that it had not been trained on.</summary>
/// <param name="At">The instant, in seconds since 1970.</param>
/// <param name="ChanceUp">The chance of a rise over the horizon, 0 to 1.</param>
/// <param name="Move">The expected move over the horizon, as a share.</param>
public readonly record struct Foretold(long At, double ChanceUp, double Move);

/// <summary>Turns what a model said into shares of equity, through the cost gate.</summary>
public static class ModelShares
{
    /// <summary>
    /// All in when a rise of more than buying and selling costs is expected, out when a fall is, and as before in between.
    /// </summary>
    /// <param name="said">What the model said, oldest first.</param>
    /// <param name="roundTrip">What buying and selling costs, as a share.</param>
    public static IReadOnlyDictionary<long, double> AllOrNothing(IReadOnlyList<Foretold> said, double roundTrip)
    {
        var (shares, share) = (new Dictionary<long, double>(said.Count), 0.0);
        foreach (var one in said)
        {
            share = one.Move > roundTrip ? 1 : one.ChanceUp < 0.5 ? 0 : share;
            shares[one.At] = share;
        }
        return shares;
    }

    /// <summary>
    /// Another strategy's shares times twice the chance of a rise, at most 1, where the expected fall is more than buying and selling
    /// costs: a model takes exposure away, and never adds any.
    /// </summary>
    /// <param name="shares">The other strategy's.</param>
    /// <param name="said">What the model said, oldest first; the newest holds until the next.</param>
    /// <param name="roundTrip">What buying and selling costs, as a share.</param>
    /// <param name="holdsSeconds">How long at most.</param>
    public static IReadOnlyDictionary<long, double> Times(
        SortedDictionary<long, double> shares, IReadOnlyList<Foretold> said, double roundTrip, long holdsSeconds)
    {
        var (scaled, next) = (new Dictionary<long, double>(shares.Count), 0);
        foreach (var (at, share) in shares)
        {
            while (next < said.Count && said[next].At <= at)
                next++;
            var factor = next > 0 && said[next - 1] is var newest && at - newest.At < holdsSeconds
                ? ExposureChance.Factor(newest.ChanceUp, newest.Move, roundTrip) : 1;
            scaled[at] = share * factor;
        }
        return scaled;
    }
}
