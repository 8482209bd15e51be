using System.Buffers.Binary;
using System.Security.Cryptography;
using Trading.Contracts;

namespace Trading.Core;

// What is recorded of a window.
public sealed partial class PriceWindow
{
    /// <summary>A copy of the prices since the last gap, oldest first; at most the capacity.</summary>
    public WindowPrice[] Prices()
    {
        var prices = new WindowPrice[Count];
        for (var step = 0; step < prices.Length; step++)
            prices[^(step + 1)] = new(_times[Slot(step)], _prices[Slot(step)] / (double)UnitsPerPrice);
        return prices;
    }

    /// <summary>The indicators as they are recorded with a prediction.</summary>
    /// <param name="decisionIntervalSeconds">
    /// Seconds from one recorded window to the next: the prices in between come with the summary, for nothing else records them.
    /// </param>
    public WindowSummary Summarize(int decisionIntervalSeconds = 0) => new(
        Count, Known(Sma20), Known(Sma50), Known(Momentum10), Known(Volatility), RuleHits, RuleSignals, Digest(),
        Between(decisionIntervalSeconds));

    private static double? Known(double value) => double.IsNaN(value) ? null : value;

    private List<EarlierPrice>? Between(int decisionIntervalSeconds)
    {
        List<EarlierPrice>? between = null;
        for (var step = 1; step < Count && _times[Slot(step)] > _times[Slot(0)] - decisionIntervalSeconds; step++)
            (between ??= []).Add(new(_times[Slot(step)], _prices[Slot(step)] / UnitsPerPrice));
        between?.Reverse();
        return between;
    }

    private string Digest()
    {
        // In one call: a call for each entry would cost ten times as much as the hash.
        const int EntryLength = 2 * sizeof(long);
        var count = Count;
        Span<byte> entries = count <= 512 ? stackalloc byte[count * EntryLength] : new byte[count * EntryLength];
        for (var (entry, slot) = (0, Slot(Math.Max(0, count - 1))); entry < count; entry++)
        {
            BinaryPrimitives.WriteInt64BigEndian(entries[(entry * EntryLength)..], _times[slot]);
            BinaryPrimitives.WriteInt64BigEndian(entries[(entry * EntryLength + sizeof(long))..], _prices[slot]);
            slot = slot + 1 == _times.Length ? 0 : slot + 1;
        }
        return Convert.ToHexStringLower(SHA256.HashData(entries));
    }
}
