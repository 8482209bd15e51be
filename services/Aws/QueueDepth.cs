namespace Trading.Aws;

/// <summary>Contents of a queue.</summary>
/// <param name="Name">Name of the queue.</param>
/// <param name="Waiting">Messages that wait, as SQS counts them: approximately.</param>
/// <param name="InFlight">Messages that were received and not yet deleted or returned.</param>
/// <param name="OldestSentAt">When the oldest of up to ten waiting messages was sent; null when none was seen.</param>
public sealed record QueueDepth(string Name, int Waiting, int InFlight, DateTimeOffset? OldestSentAt);

/// <summary>A message that waits in a queue.</summary>
/// <param name="MessageId">SQS's id.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="Type">The message type in its envelope; null when it cannot be read.</param>
/// <param name="Fault">Why it was moved here; null when no reason came with it.</param>
/// <param name="Body">The message as it is.</param>
public sealed record WaitingMessage(string MessageId, DateTimeOffset? SentAt, string? Type, string? Fault, string Body);
