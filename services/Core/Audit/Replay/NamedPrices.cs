namespace Trading.Core;

/// <summary>The prices that the events of a replay name: predictions and scores must name the same one for the same instant.</summary>
/// <param name="kept">How many are remembered.</param>
internal sealed class NamedPrices(int kept)
{
    private readonly Dictionary<(string Symbol, DateTimeOffset At), double> _prices = [];
    private readonly Queue<(string, DateTimeOffset)> _inOrder = [];

    /// <summary>Takes the price that an event names: how it differs from the one that was named before; null when it does not.</summary>
    public (string What, string Recorded, string Recomputed)? Differs(string symbol, DateTimeOffset at, decimal price)
    {
        var units = PriceWindow.InUnits(price);
        if (_prices.TryGetValue((symbol, at), out var known))
            return known == units ? null : ("price then", JournalPlace.Text(units), JournalPlace.Text(known));
        _prices.Add((symbol, at), units);
        _inOrder.Enqueue((symbol, at));
        if (_inOrder.Count > kept)
            _prices.Remove(_inOrder.Dequeue());
        return null;
    }
}
