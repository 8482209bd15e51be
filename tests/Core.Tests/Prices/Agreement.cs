namespace Trading.Core.Tests;

/// <summary>What quotes agree on at noon.</summary>
internal static class Agreement
{
    internal static Consensus Agree(params Quote[] quotes) => Consensus.Of(quotes, Given.ConsensusRules, Given.Noon);
}
