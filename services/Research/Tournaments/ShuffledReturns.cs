using Trading.Core;
using Trading.Research.Statistics;

namespace Trading.Research.Tournaments;

/// <summary>
/// Prices whose days come in another order: the same returns, the same total, and no trend but by chance. A rule of the order of prices
/// that does as well on them has found nothing.
/// </summary>
public static class ShuffledReturns
{
    private const long SecondsPerDay = 86_400;

    /// <summary>Candles with the whole days between two instants in a random order; the hours within a day stay together.</summary>
    /// <param name="candles">Candles, oldest first.</param>
    /// <param name="seed">Where chance comes from.</param>
    /// <param name="run">Which of many orders.</param>
    public static Candle[] Of(ReadOnlySpan<Candle> candles, ulong seed, int run)
    {
        var days = new List<(int Begin, int End)>();
        for (var begin = 0; begin < candles.Length;)
        {
            var end = begin;
            while (end < candles.Length && Day(candles[end]) == Day(candles[begin]))
                end++;
            days.Add((begin, end));
            begin = end;
        }
        var random = SeededRandom.ForRun(seed, run);
        var order = Enumerable.Range(0, days.Count).ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = (int)random.NextIndex(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        var (shuffled, place) = (new Candle[candles.Length], 0);
        var price = candles.Length == 0 ? 0 : (double)candles[0].Open;
        // Places stay, so that times stay; a shorter day moves those after it.
        foreach (var day in order)
        {
            for (var at = days[day].Begin; at < days[day].End; at++, place++)
            {
                var before = at == 0 ? (double)candles[0].Open : (double)candles[at - 1].Close;
                ref readonly var candle = ref candles[at];
                var (open, high, low, close) = (Of(candle.Open), Of(candle.High), Of(candle.Low), Of(candle.Close));
                shuffled[place] = new(candles[place].OpenTimeUnixSeconds, open, Math.Max(high, Math.Max(open, close)),
                    Math.Min(low, Math.Min(open, close)), close, candle.Volume);
                price *= (double)candle.Close / before;

                decimal Of(decimal original) => Math.Max(0.01m, Math.Round((decimal)(price * (double)original / before), 2));
            }
        }
        return shuffled;
    }

    private static long Day(in Candle candle) => candle.OpenTimeUnixSeconds / SecondsPerDay;
}
