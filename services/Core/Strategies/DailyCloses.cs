namespace Trading.Core.Strategies;

/// <summary>
/// The last closes of UTC days, made of bars of any length up to a day: a day's close is the close of its last bar. A day without any bar
/// has the close of the day before.
/// </summary>
/// <param name="days">How many closes are kept; at least 1.</param>
public sealed class DailyCloses(int days)
{
    private const long SecondsPerDay = 86_400;

    private readonly double[] _closes = new double[days];
    private int _next;
    private long _day = long.MinValue;
    private double _newest;

    /// <summary>Days that have ended, at most as many as are kept.</summary>
    public int Count { get; private set; }

    /// <summary>Whether as many days have ended as are kept.</summary>
    public bool IsFull => Count == days;

    /// <summary>The close of the running day so far; 0 before any.</summary>
    public double Newest => _newest;

    /// <summary>The UTC day of a bar, counted from 1970.</summary>
    public static long DayOf(in Candle bar) => bar.OpenTimeUnixSeconds / SecondsPerDay;

    /// <summary>The close so many days before the running one, 1 for yesterday's; at most <see cref="Count"/>.</summary>
    public double Back(int day) => _closes[(_next - day + days) % days];

    /// <summary>Takes a bar, or a whole day's close; false where it changes nothing because it is older than the running day.</summary>
    public bool Add(long day, decimal close)
    {
        if (day < _day)
            return false;
        if (_day != long.MinValue)
        {
            // More than as many days without a price as are kept all have one close.
            for (var ended = Math.Max(_day, day - days); ended < day; ended++)
            {
                _closes[_next] = _newest;
                _next = (_next + 1) % days;
                Count = Math.Min(days, Count + 1);
            }
        }
        (_day, _newest) = (day, (double)close);
        return true;
    }

    /// <summary>
    /// Standard deviation of the daily returns up to the newest price, of a sample (n - 1), over all days that are kept; not a number until
    /// there are as many.
    /// </summary>
    public double Volatility()
    {
        if (!IsFull || days < 2)
            return double.NaN;
        var (sum, squares) = (0.0, 0.0);
        for (var back = days; back >= 1; back--)
        {
            var gain = (back == 1 ? _newest : Back(back - 1)) / Back(back) - 1;
            (sum, squares) = (sum + gain, squares + gain * gain);
        }
        return Math.Sqrt(Math.Max(0, (squares - sum * sum / days) / (days - 1)));
    }
}
