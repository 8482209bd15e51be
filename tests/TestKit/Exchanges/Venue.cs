namespace Trading.TestKit.Exchanges;

/// <summary>
/// A market in one product: a book around a price that the test sets, balances, orders and fills. It knows nothing of the system under
/// test. Each step of the book holds a little more than the one before; what is taken from it is there again with the next price.
/// </summary>
/// <param name="rules">What it takes.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="besides">Another market of the same exchange, with the same balances; null for the first.</param>
public sealed class Venue(VenueRules rules, TimeProvider clock, Venue? besides = null)
{
    private readonly ExchangeBook _book = besides?._book ?? new();
    private readonly List<SimOrder> _orders = [];
    private readonly List<SimFill> _fills = [];
    private readonly OrderBook _offers = new(rules);

    private Lock _gate => _book.Gate;

    private Dictionary<string, decimal> _balances => _book.Balances;

    public VenueRules Rules => rules;

    /// <summary>Every market of the exchange, this one among them; a market is there from its first use on.</summary>
    public IReadOnlyList<Venue> Markets
    {
        get
        {
            lock (_gate)
                return _book.Has(this);
        }
    }

    public decimal Price => _offers.Price;

    /// <summary>How far the times that orders and fills are dated by are ahead of the clock.</summary>
    public TimeSpan DatedBy { get; set; }

    private DateTimeOffset Now => clock.GetUtcNow() + DatedBy;

    /// <summary>How long the next order hides, from every question about it.</summary>
    public TimeSpan HidesNext { get; set; }

    /// <summary>Shows every order that hides.</summary>
    public void Reveal()
    {
        lock (_gate)
            _orders.ForEach(order => order.HiddenUntil = default);
    }

    /// <summary>Every order that was ever taken.</summary>
    public IReadOnlyList<SimOrder> Orders
    {
        get
        {
            lock (_gate)
                return [.. _orders];
        }
    }

    /// <summary>Every fill.</summary>
    public IReadOnlyList<SimFill> Fills
    {
        get
        {
            lock (_gate)
                return [.. _fills];
        }
    }

    /// <summary>Units of an asset, those in open orders included.</summary>
    public decimal Balance(string asset)
    {
        lock (_gate)
            return _balances.GetValueOrDefault(asset);
    }

    public IReadOnlyDictionary<string, decimal> Balances
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, decimal>(_balances);
        }
    }

    /// <summary>Pays in or out, as somebody else than the system under test.</summary>
    public void Deposit(string asset, decimal units)
    {
        lock (_gate)
            _balances[asset] = _balances.GetValueOrDefault(asset) + units;
    }

    /// <summary>Moves the market; waiting orders that it reaches are filled.</summary>
    public void SetPrice(decimal price)
    {
        lock (_gate)
        {
            _offers.MoveTo(price);
            foreach (var order in _orders.Where(order => order.Open).ToList())
            {
                if (order.Stop is { } stop && order.Filled == 0 && Price > stop)
                    continue;
                Match(order, maker: order.Stop is null);
            }
        }
    }

    /// <summary>Units of an asset that open orders have a claim on.</summary>
    public decimal Locked(string asset)
    {
        lock (_gate)
            return LockedUnder(asset);
    }

    /// <summary>Takes an order.</summary>
    /// <exception cref="NotTakenException">It breaks a rule.</exception>
    public SimOrder Place(string clientId, bool buys, SimKind kind, decimal quantity, decimal? limit, decimal? stop, int hiddenFor = 0)
    {
        lock (_gate)
        {
            if (quantity <= 0 || quantity % rules.Lot != 0)
                throw new NotTakenException("Filter failure: LOT_SIZE");
            if (limit is { } bound && (bound <= 0 || bound % rules.Tick != 0))
                throw new NotTakenException("Filter failure: PRICE_FILTER");
            if (limit is { } far && (far > Price * 5 || far < Price / 5))
                throw new NotTakenException("Filter failure: PERCENT_PRICE_BY_SIDE");
            if (quantity * (limit ?? Price) < rules.LeastNotional)
                throw new NotTakenException("Filter failure: NOTIONAL");
            if (buys && _balances.GetValueOrDefault(rules.Base) + quantity
                + _orders.Where(other => other.Open && other.Buys).Sum(other => other.Quantity - other.Filled) > rules.MaxPosition)
                throw new NotTakenException("Filter failure: MAX_POSITION");
            // As documented: an id is taken only while its order is open.
            if (_orders.Any(other => other.Open && other.ClientId == clientId))
                throw new NotTakenException("Duplicate order sent.");
            if (kind == SimKind.PostOnly && (buys ? limit >= _offers.PriceAt(ask: true, 0) : limit <= _offers.PriceAt(ask: false, 0)))
                throw new NotTakenException("Order would immediately match and take.");
            if (stop is { } trigger && !buys && trigger >= Price)
                throw new NotTakenException("Order would trigger immediately.");
            if (stop is not null && _orders.Count(other => other.Open && other.Stop is not null) >= rules.MostStops)
                throw new NotTakenException("Filter failure: MAX_NUM_ALGO_ORDERS");
            var asset = buys ? rules.Quote : rules.Base;
            if ((buys ? quantity * (limit ?? Price * 1.01m) : quantity) > _balances.GetValueOrDefault(asset) - LockedUnder(asset))
                throw new NotTakenException("Account has insufficient balance for requested action.");

            var order = new SimOrder
            {
                Venue = this, Id = _book.NextOrder++, ClientId = clientId, Buys = buys, Kind = kind, Quantity = quantity, Limit = limit,
                Stop = stop,
                At = Now, HiddenFor = hiddenFor, HiddenUntil = Now + HidesNext,
            };
            HidesNext = default;
            _orders.Add(order);
            if (kind is not (SimKind.StopLimit or SimKind.StopMarket or SimKind.PostOnly))
                Match(order, maker: false);
            if (order.Open && kind is SimKind.Market or SimKind.LimitIoc && order.Status != SimStatus.Filled)
                order.Status = SimStatus.Expired;
            return order;
        }
    }

    /// <summary>Cancels what is left of an order; null when it is not open.</summary>
    public SimOrder? Cancel(SimOrder order)
    {
        lock (_gate)
        {
            if (!order.Open)
                return null;
            order.Status = SimStatus.Canceled;
            return order;
        }
    }

    /// <summary>Fills so much of an order, however much that is and at what price: an exchange that lies.</summary>
    public void Fill(SimOrder order, decimal quantity, decimal? price = null)
    {
        lock (_gate)
        {
            Fill(order, quantity, price ?? order.Limit ?? Price, maker: true);
            order.Status = SimStatus.Filled;
        }
    }

    /// <summary>Gives up an order that was taken, as an exchange does whose engine cannot keep it.</summary>
    public void Fail(SimOrder order)
    {
        lock (_gate)
            order.Status = SimStatus.Rejected;
    }

    /// <summary>Makes all that has happened so much older.</summary>
    public void Age(TimeSpan by)
    {
        lock (_gate)
        {
            foreach (var order in _orders)
            {
                for (var i = 0; i < order.Fills.Count; i++)
                {
                    var at = _fills.IndexOf(order.Fills[i]);
                    _fills[at] = order.Fills[i] = order.Fills[i] with { At = order.Fills[i].At - by };
                }
            }
        }
    }

    /// <summary>The newest order that fits, unless it still hides.</summary>
    public SimOrder? Find(Func<SimOrder, bool> fits)
    {
        lock (_gate)
        {
            var found = _orders.LastOrDefault(fits);
            if (found is not null && IsHidden(found))
                return null;
            if (found is not { HiddenFor: > 0 })
                return found;
            found.HiddenFor--;
            return null;
        }
    }

    /// <summary>Whether an order hides now.</summary>
    public bool IsHidden(SimOrder order) => Now < order.HiddenUntil;

    private decimal LockedUnder(string asset) => _book.Has(this).Sum(market => market.LockedHere(asset));

    private decimal LockedHere(string asset) => _orders.Where(order => order.Open).Sum(order =>
        order.Buys && asset == rules.Quote ? (order.Quantity - order.Filled) * (order.Limit ?? Price)
        : !order.Buys && asset == rules.Base ? order.Quantity - order.Filled : 0);

    private void Match(SimOrder order, bool maker)
    {
        // One that waited is filled at its own price.
        foreach (var (quantity, price) in _offers.Take(order))
            Fill(order, quantity, maker && order.Limit is { } own ? own : price, maker);
        order.Status = order.Filled == order.Quantity ? SimStatus.Filled : order.Filled > 0 ? SimStatus.PartiallyFilled : order.Status;
    }

    private void Fill(SimOrder order, decimal quantity, decimal price, bool maker)
    {
        var (asset, fee) = rules.Fee(order.Buys, quantity, price);
        var fill = new SimFill(_book.NextTrade++, order.Id, quantity, price, fee, asset, order.Buys, maker, Now);
        order.Fills.Add(fill);
        _fills.Add(fill);
        _balances[rules.Base] = _balances.GetValueOrDefault(rules.Base) + (order.Buys ? quantity : -quantity);
        _balances[rules.Quote] = _balances.GetValueOrDefault(rules.Quote) + (order.Buys ? -quantity * price : quantity * price);
        _balances[fill.FeeAsset] = _balances.GetValueOrDefault(fill.FeeAsset) - fee;
    }
}
