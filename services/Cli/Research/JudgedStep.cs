using Trading.Research.Backtests;
using Trading.Research.Search;

namespace Trading.Cli.Research;

/// <summary>A part of a walk forward: what was chosen on what came before it, and what that brought in it.</summary>
/// <param name="Window">The part.</param>
/// <param name="Best">The best settings; null where none was good enough.</param>
/// <param name="Judged">Their result; null where nothing was chosen, or the part has no data.</param>
/// <param name="JudgedScore">What was looked for, in that result; not a number without one.</param>
/// <param name="Held">Return of holding.</param>
internal sealed record JudgedStep(WalkForwardWindow Window, Trial? Best, BacktestResult? Judged, double JudgedScore, double Held);
