namespace Trading.Hosting.Control;

/// <summary>
/// Slows down who guesses: after some wrong tokens an address waits, twice as long after each further one. Bounded: when too many addresses
/// are known, the oldest are forgotten.
/// </summary>
/// <param name="clock">The time.</param>
public sealed class BackOff(TimeProvider clock)
{
    /// <summary>Wrong tokens that cost nothing.</summary>
    public const int Free = 5;

    private const int MostAddresses = 10_000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15), Forgiven = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Failures, long Last)> _known = [];

    /// <summary>How long an address has to wait; zero when it may try.</summary>
    public TimeSpan Wait(string address)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(address, out var known) || known.Failures < Free)
                return TimeSpan.Zero;
            var wait = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(20, known.Failures - Free))));
            var left = wait - clock.GetElapsedTime(known.Last);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>An address gave a wrong token.</summary>
    public void Failed(string address)
    {
        lock (_lock)
        {
            var before = _known.TryGetValue(address, out var known) && clock.GetElapsedTime(known.Last) < Forgiven ? known.Failures : 0;
            _known[address] = (before + 1, clock.GetTimestamp());
            if (_known.Count > MostAddresses)
                _known.Remove(_known.MinBy(entry => entry.Value.Last).Key);
        }
    }

    /// <summary>An address gave a right token.</summary>
    public void Succeeded(string address)
    {
        lock (_lock)
            _known.Remove(address);
    }
}
