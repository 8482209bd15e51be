using Trading.Contracts;

namespace Trading.Core;

/// <summary>A decision as a value.</summary>
/// <param name="Verdict">The outcome.</param>
/// <param name="Refusal">The first rule that refused; null unless refused.</param>
/// <param name="Order">
/// The order that was asked for, also when it was refused; the default where the verdict alone was asked for and needed no size.
/// </param>
/// <param name="Checks">How many checks were made.</param>
public readonly record struct RiskDecision(Verdict Verdict, RiskRule? Refusal, SizedOrder Order, int Checks);
