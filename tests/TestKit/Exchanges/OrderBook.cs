namespace Trading.TestKit.Exchanges;

/// <summary>
/// What is offered around a price: each step holds a little more than the one before; what is taken is there again with the next price.
/// </summary>
/// <param name="rules">The steps of the price and what each holds.</param>
internal sealed class OrderBook(VenueRules rules)
{
    private const int Steps = 40;

    private readonly decimal[] _taken = new decimal[2];

    public decimal Price { get; private set; } = 60_000;

    public void MoveTo(decimal price)
    {
        Price = Math.Round(price / rules.Tick) * rules.Tick;
        _taken[0] = _taken[1] = 0;
    }

    /// <summary>Asks lie above the price and bids below it.</summary>
    public decimal PriceAt(bool ask, int step) => ask ? Price + (1 + step) * rules.Tick : Price - (1 + step) * rules.Tick;

    /// <summary>What an order gets, step by step, until it is filled or its limit is reached.</summary>
    public IEnumerable<(decimal Quantity, decimal Price)> Take(SimOrder order)
    {
        var side = order.Buys ? 0 : 1;
        var begin = 0m;
        for (var step = 0; step < Steps && order.Filled < order.Quantity; step++)
        {
            var price = PriceAt(order.Buys, step);
            if (order.Limit is { } limit && (order.Buys ? price > limit : price < limit))
                break;
            var there = rules.Depth * (1 + step);
            var left = Math.Min(there, begin + there - _taken[side]);
            begin += there;
            if (left <= 0)
                continue;
            var quantity = Math.Min(Math.Floor(left / rules.Lot) * rules.Lot, order.Quantity - order.Filled);
            if (quantity <= 0)
                continue;
            yield return (quantity, price);
            _taken[side] += quantity;
        }
    }
}
