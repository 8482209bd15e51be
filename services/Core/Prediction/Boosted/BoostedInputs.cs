namespace Trading.Core;

/// <summary>What the boosted model sees; each has what the ones before it have.</summary>
public enum BoostedInputs
{
    /// <summary>Prices and their times: all that is known live.</summary>
    Prices,

    /// <summary>Volumes too.</summary>
    Volume,

    /// <summary>Order flow too: what of each volume takers bought.</summary>
    Flow,
}
