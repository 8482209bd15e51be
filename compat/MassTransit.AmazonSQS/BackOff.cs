namespace MassTransit.AmazonSqsTransport;

/// <summary>Growing pauses with jitter, 0.25 to 5 seconds, so that replicas do not return all at once.</summary>
internal sealed class BackOff(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    internal int Attempts { get; private set; }

    internal bool IsFirst => Attempts == 0;

    internal void Reset() => Attempts = 0;

    /// <summary>Waits for the next attempt; false when cancelled meanwhile.</summary>
    internal async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromSeconds(0.5) * Math.Pow(2, Math.Min(Attempts++, 10));
        pause = (pause < Longest ? pause : Longest) * (0.5 + Random.Shared.NextDouble() / 2);
        try
        {
            await Task.Delay(pause, time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
