namespace Trading.Core;

/// <summary>An operator's command that changed nothing, because what it asks for was so already: who asked, and why, is recorded all the same.</summary>
/// <param name="Command">The command, for example halt.</param>
/// <param name="By">Who gave it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record OperatorCommanded(string Command, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>An operator wants an order to end. One that was not placed yet is not placed any more; one that waits on an exchange is cancelled there; one that was filled stays filled.</summary>
/// <param name="By">Who wants it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record CancelRequested(string By, string Reason, DateTimeOffset At) : ITradeEvent;
