namespace Trading.Integration.Tests.Pipeline;

/// <summary>What the process dies before doing.</summary>
public enum Act
{
    Deciding,
    TellingTheDecision,
    PlacingTheOrder,
    ClosingTheTrade,
    TellingTheTrade,
}
