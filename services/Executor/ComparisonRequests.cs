namespace Trading.Services;

/// <summary>Asks for a comparison with the exchange now, in place of at the next interval.</summary>
public sealed class ComparisonRequests
{
    private int _asked;

    /// <summary>Asks for one.</summary>
    public void Ask() => Volatile.Write(ref _asked, 1);

    /// <summary>Whether one was asked for since the last time.</summary>
    public bool Take() => Interlocked.Exchange(ref _asked, 0) == 1;
}
