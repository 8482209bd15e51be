namespace Trading.Infra.Tests;

/// <summary>The roles of a deployment for trading, and what they may do.</summary>
public abstract class RightsTest
{
    private protected static readonly Names Names = Synthesized.Prod.Names;
    private protected static readonly Rights Rights = new(Synthesized.Prod);
    private protected static readonly string[] Services = ["price-collector", "predictor", "risk-manager", "executor", "dashboard",
        "journal-migration"];

    private protected static IEnumerable<string> Actions(string account) =>
        Rights.Of(Names.Role(account)).SelectMany(statement => Rights.Texts(statement["Action"])).Distinct().Order();
}
