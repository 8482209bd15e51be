using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Tests.Backtests;

/// <summary>A few bars, and a strategy that says what it was told to say.</summary>
internal static class ScriptedBacktest
{
    internal const long Start = 1_709_251_200;

    internal static readonly PaperCosts Free = new(FeePercent: 0, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);

    // Open, high, low, close of each minute.
    internal static readonly Candle[] Bars = Candles((100, 101, 99, 100), (102, 106, 101, 105), (104, 108, 103, 107),
        (110, 112, 109, 111), (90, 95, 88, 92));

    internal static Candle[] Candles(params (decimal Open, decimal High, decimal Low, decimal Close)[] bars) =>
        [.. bars.Select((bar, i) => new Candle(Start + 60 * i, bar.Open, bar.High, bar.Low, bar.Close, 1))];

    /// <summary>Returns the given signals, bar by bar.</summary>
    internal sealed class Scripted(params Signal[] signals) : ITradingStrategy
    {
        private int _at;

        public string Name => "scripted";

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => _at < signals.Length ? signals[_at++] : default;
    }
}
