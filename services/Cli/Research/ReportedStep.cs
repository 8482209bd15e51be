namespace Trading.Cli.Research;

/// <summary>A part of a walk forward, as its report shows it.</summary>
/// <param name="From">Begin of the part that was judged, in seconds since 1970.</param>
/// <param name="To">Its end.</param>
/// <param name="Values">The values that were chosen; empty where none was.</param>
/// <param name="Chosen">Return on the part that they were chosen on.</param>
/// <param name="Judged">Return on the part that was judged.</param>
/// <param name="Held">Return of holding there.</param>
/// <param name="Trades">Closed trades there.</param>
public sealed record ReportedStep(
    long From, long To, IReadOnlyList<decimal> Values, double Chosen, double Judged, double Held, int Trades);
